"""A visitor's own examples, pasted or uploaded as CSV, made safe to learn from, with a note of every change."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from components.core.errors import VisitorError
from components.core.i18n import N_
from components.core.text import sanitize
from components.fine_tuning.examples import LEAST_OF_A_LABEL, Example

MOST_CHARACTERS: Final = 24_000
MOST_EXAMPLES: Final = 300
MOST_TEXT_CHARS: Final = 400
LEAST_LABELS: Final = 2
MOST_LABELS: Final = 5
_MOST_LABEL_CHARS: Final = 30
_SEPARATORS: Final = ("\t", ",", ";")
_HEADINGS: Final = ("text", "label")
_SHOWN_CHARS: Final = 60


class ExamplesError(VisitorError):
    """A visitor's own examples cannot be used."""


class UnreadableRow(ExamplesError):
    """A row cannot be read. Values: `row`, 1-based; `found`, how many columns."""

    template = N_("Columns in row {row}: {found}. Two are needed: the text and its label.")
    advice = N_("Put a text that has a comma in it in double quotes, and close every quote.")


class NoLabel(ExamplesError):
    """A row lacks its text or its label. Value: `row`, 1-based."""

    template = N_("Row {row} needs both a text and a label; one of them is empty.")
    advice = N_("Write the text, a comma, and the label.")


class TwoLabels(ExamplesError):
    """One text has two labels. Values: `row`, 1-based; `text`; `first`, `second`."""

    template = N_("Row {row}: “{text}” is labelled “{second}” here and “{first}” above.")
    advice = N_("A text can have only one label. Delete one of the two rows.")


class LabelsOutOfRange(ExamplesError):
    """There are too few or too many different labels. Values: `count`, `least`, `most`."""

    template = N_("Your examples have {count} different labels; {least} to {most} are possible.")
    advice = N_("Write the label of each text in the last column, spelled the same way each time.")


class TooFewOfLabel(ExamplesError):
    """A label has too few texts. Values: `label`, `count`, `least`."""

    template = N_("The label “{label}” has {count} different texts; each label needs at least {least}.")
    advice = N_("Write more texts with this label, or delete its rows.")


class FileTooLarge(ExamplesError):
    """An uploaded file is too large. Values: `characters`, `most`."""

    template = N_("This file has {characters} characters; {most} are possible.")
    advice = N_("Keep the first few hundred rows and upload the file again.")


@dataclass(frozen=True)
class Pasted:
    """The examples as they were read, and what was changed in them.

    Attributes
    ----------
    examples
        Different texts.
    repeated
        How many rows were left out because they repeat an earlier text with the same label.
    left_over
        How many rows were left out because there were `MOST_EXAMPLES` already.
    cut
        How many texts were longer than `MOST_TEXT_CHARS` and lost their end.
    replaced
        How many lone surrogates were replaced by U+FFFD.
    """

    examples: tuple[Example, ...]
    repeated: int = 0
    left_over: int = 0
    cut: int = 0
    replaced: int = 0


def decode_upload(data: bytes) -> str:
    """Return the text of an uploaded file: UTF-8, or what Korean spreadsheets write.

    Raises
    ------
    FileTooLarge
        If it has more than `MOST_CHARACTERS`.
    """
    most_bytes = 4 * MOST_CHARACTERS
    head = data[: most_bytes + 1]
    try:
        text = head.decode("utf-8-sig", "strict" if len(data) <= most_bytes else "ignore")
    except UnicodeDecodeError:
        text = head.decode("cp949", "replace")
    if len(data) > most_bytes or len(text) > MOST_CHARACTERS:
        raise FileTooLarge(characters=f"{max(len(text), MOST_CHARACTERS + 1):,}", most=f"{MOST_CHARACTERS:,}")
    return text


def parse_csv(text: str) -> Pasted:
    """Return the examples of a CSV: a text and a label a row, separated by commas, semicolons or tabs.

    A first row that names the columns ("text", "label", in any order, others among them) is followed.

    Raises
    ------
    ExamplesError
        If a row or the whole cannot be used; the subclass says which and why.
    """
    labels: dict[str, str] = {}
    repeated = left_over = cut = replaced = 0
    for number, written, label in _rows(text):
        source = sanitize(written, most_characters=MOST_TEXT_CHARS)
        if not source.text or not label:
            raise NoLabel(row=number)
        if source.text in labels:
            if labels[source.text] != label:
                shown = source.text[:_SHOWN_CHARS]
                raise TwoLabels(row=number, text=shown, first=labels[source.text], second=label)
            repeated += 1
        elif len(labels) == MOST_EXAMPLES:
            left_over += 1
        else:
            labels[source.text] = label
            cut += bool(source.cut_characters)
            replaced += source.replaced_surrogates
    _require_enough(labels)
    examples = tuple(Example(each, label) for each, label in labels.items())
    return Pasted(examples, repeated, left_over, cut, replaced)


def _rows(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the row's number, its text and its label."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    reader = csv.reader(io.StringIO(lines), delimiter=_separator(lines), strict=True, skipinitialspace=True)
    places, named, number = (0, 1), False, 0
    while True:
        number += 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise UnreadableRow(row=number, found=1) from error
        if row is None:
            return
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        names = [cell.casefold() for cell in cells]
        if number == 1 and set(_HEADINGS) <= set(names):
            places, named = (names.index(_HEADINGS[0]), names.index(_HEADINGS[1])), True
            continue
        if len(cells) <= max(places) or (not named and len(cells) != len(places)):
            raise UnreadableRow(row=number, found=len(cells))
        yield number, cells[places[0]], sanitize(cells[places[1]], most_characters=_MOST_LABEL_CHARS).text


def _separator(text: str) -> str:
    """Return the separator of the columns: what divides the first row into two, or into named columns."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    for mark in _SEPARATORS:
        cells = next(csv.reader([first], delimiter=mark, skipinitialspace=True))
        if len(cells) == 2 or set(_HEADINGS) <= {cell.strip().casefold() for cell in cells}:
            return mark
    return ","


def _require_enough(labels: dict[str, str]) -> None:
    counts = Counter(labels.values())
    if not LEAST_LABELS <= len(counts) <= MOST_LABELS:
        raise LabelsOutOfRange(count=len(counts), least=LEAST_LABELS, most=MOST_LABELS)
    label, count = min(counts.items(), key=lambda item: item[1])
    if count < LEAST_OF_A_LABEL:
        raise TooFewOfLabel(label=label, count=count, least=LEAST_OF_A_LABEL)
