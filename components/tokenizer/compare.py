"""Several tokenizers on the same text: where they cut alike, and where not.

Tokens of different tokenizers cannot be matched one to one, but the places where they cut can: those are positions in
the same text. Spaces are left out of it, because whether a space belongs to the word before, to the word after or to
nobody is a matter of spelling. What is compared is the cuts inside words.

One tokenizer on the same sentence in several languages shows who pays more. A language that was rare in the text a
vocabulary was made from is cut into many small pieces, so the same content costs more tokens, more time and, where a
service charges by the token, more money (Petrov et al. 2023, arXiv 2305.15425; Ahia et al. 2023, arXiv 2305.13707).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

from components.core.i18n import N_
from components.tokenizer.chips import Group, group_tokens
from components.tokenizer.encode import Encoding, Measures
from components.tokenizer.errors import NothingToCompare

FEWEST: Final = 2
MOST: Final = 5


@dataclass(frozen=True)
class Span:
    """A part of a word, `[start, end)` in characters of the text.

    All tokenizers cut at both ends of it. In between, either none of them cuts (`agreed`) or some do and some do not.
    """

    start: int
    end: int
    agreed: bool


@dataclass(frozen=True)
class Row:
    """What one tokenizer makes of the text.

    Attributes
    ----------
    groups
        Its tokens, those of one character together; inserted ones are left out.
    disputed
        For each group, whether it touches a span that the tokenizers cut differently.
    """

    name: str
    encoding: Encoding
    groups: tuple[Group, ...]
    disputed: tuple[bool, ...]


@dataclass(frozen=True)
class Comparison:
    """Several tokenizers on one text."""

    text: str
    rows: tuple[Row, ...]
    spans: tuple[Span, ...]


def compare(encodings: Mapping[str, Encoding]) -> Comparison:
    """Mark where the tokenizers disagree that made these encodings of one text, without inserted tokens.

    Raises
    ------
    ValueError
        If there are fewer than `FEWEST` or more than `MOST` tokenizers.
    """
    if not FEWEST <= len(encodings) <= MOST:
        raise ValueError(f"{len(encodings)} tokenizers; {FEWEST} to {MOST} can be compared")
    groups = {name: group_tokens(encoding) for name, encoding in encodings.items()}
    source = next(iter(encodings.values())).sources[0].text
    spans = tuple(_spans(source, [_cuts(each) for each in groups.values()]))
    disputed = {position for span in spans if not span.agreed for position in range(span.start, span.end)}
    rows = tuple(
        Row(name, encodings[name], groups[name], tuple(_touches(group, disputed) for group in groups[name]))
        for name in encodings
    )
    return Comparison(source, rows, spans)


def _cuts(groups: Sequence[Group]) -> set[int]:
    return {position for group in groups if group.end > group.start for position in (group.start, group.end)}


def cuts_inside_words(text: str, row: Row) -> frozenset[int]:
    """Return the characters of a text at which a tokenizer begins a new token inside a word; punctuation is outside."""
    return frozenset(
        position
        for position in _cuts(row.groups)
        if 0 < position < len(text) and text[position - 1].isalnum() and text[position].isalnum()
    )


def _spans(text: str, cuts: Sequence[set[int]]) -> Iterator[Span]:
    everyone, anyone = set.intersection(*cuts), set.union(*cuts)
    for word in re.finditer(r"\S+", text):
        inside = range(word.start() + 1, word.end())
        for start, end in pairwise([word.start(), *(i for i in inside if i in everyone), word.end()]):
            yield Span(start, end, agreed=not any(i in anyone for i in range(start + 1, end)))


def _touches(group: Group, positions: set[int]) -> bool:
    return not positions.isdisjoint(range(group.start, group.end))


FILE: Final = Path(__file__).with_name("sentences.toml")
NAMES: Final = (N_("English"), N_("Korean"), N_("Japanese"), N_("Hindi"), N_("Arabic"), N_("Python code"))
"""The names in sentences.toml, here for the translation catalogue."""


@dataclass(frozen=True)
class Sentence:
    """One sentence and the name of its language."""

    name: str
    text: str


@dataclass(frozen=True)
class Bill:
    """What one sentence costs.

    Attributes
    ----------
    ratio
        Its tokens over those of the first sentence.
    """

    sentence: Sentence
    measures: Measures
    ratio: float


@cache
def read_sentences() -> tuple[Sentence, ...]:
    """Return the sentences of sentences.toml, in its order."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["sentences"]
    return tuple(Sentence(**row) for row in rows)


def bill_sentences(measure: Callable[[str], Measures], chosen: Sequence[Sentence]) -> tuple[Bill, ...]:
    """Return what each sentence costs, in order; the first is the measure of the others.

    Raises
    ------
    NothingToCompare
        If the first sentence has no token.
    CannotEncode
        If the tokenizer fails on a sentence.
    """
    measures = [measure(sentence.text) for sentence in chosen]
    if not measures or not measures[0].tokens:
        raise NothingToCompare
    return tuple(
        Bill(sentence, each, each.tokens / measures[0].tokens) for sentence, each in zip(chosen, measures, strict=True)
    )
