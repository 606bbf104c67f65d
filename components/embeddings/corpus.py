"""The texts that are searched: 80 blurbs and 24 questions about them, or a visitor's own list.

The shipped ones are told in several languages (corpus.<language>.toml), with the same ids and answers.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from components.core.i18n import DEFAULT_LANGUAGE
from components.core.text import sanitize

FILES: Final[Mapping[str, Path]] = {
    path.suffixes[0].removeprefix("."): path for path in sorted(Path(__file__).parent.glob("corpus.*.toml"))
}
LANGUAGES: Final = tuple(FILES)
"""In which the shipped texts and questions are told."""

Words = Literal["same", "other"]
"""Whether a question shares its important words with the texts that answer it."""


LEAST_ITEMS: Final = 3
"""With fewer there is no map to draw and nothing to compare."""
MOST_ITEMS: Final = 120
MOST_ITEM_CHARS: Final = 600
_TITLE_CHARS: Final = 36


@dataclass(frozen=True)
class Item:
    """One text.

    Attributes
    ----------
    id
        Its name in links and exports.
    text
        What is embedded and searched; the title is not.
    theme
        What it is about, in one word; None for texts of a visitor.
    """

    id: str
    title: str
    text: str
    theme: str | None = None


@dataclass(frozen=True)
class Question:
    """A query of which it is known what answers it.

    Attributes
    ----------
    relevant
        Ids of the items that answer it.
    """

    text: str
    words: Words
    relevant: tuple[str, ...]


@dataclass(frozen=True)
class Corpus:
    """Texts, and questions about them; a visitor's own list has no questions."""

    items: tuple[Item, ...]
    questions: tuple[Question, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """Return what is embedded, item by item."""
        return tuple(item.text for item in self.items)

    def place(self, item_id: str) -> int:
        """Return the position of an item.

        Raises
        ------
        KeyError
            If no item has this id.
        """
        for place, item in enumerate(self.items):
            if item.id == item_id:
                return place
        raise KeyError(item_id)


@cache
def read_shipped(language: str = DEFAULT_LANGUAGE) -> Corpus:
    """Return the project's own texts and questions."""
    tables = tomllib.loads(FILES[language].read_text("utf-8"))
    items = tuple(Item(**table) for table in tables["items"])
    return Corpus(items, tuple(_question(table) for table in tables["queries"]))


def _question(table: dict[str, Any]) -> Question:
    return Question(table["text"], table["words"], tuple(table["relevant"]))


@dataclass(frozen=True)
class Pasted:
    """A list as it was read, and what was changed in it.

    Attributes
    ----------
    corpus
        The texts; their ids are "line-1", "line-2", ... as counted in the list.
    repeated
        How many lines were left out because they repeat an earlier one.
    left_over
        How many lines were left out because there were `MOST_ITEMS` already.
    cut
        How many lines were longer than `MOST_ITEM_CHARS` and lost their end.
    replaced
        How many lone surrogates were replaced by U+FFFD.
    """

    corpus: Corpus
    repeated: int = 0
    left_over: int = 0
    cut: int = 0
    replaced: int = 0

    @property
    def too_few(self) -> bool:
        """Whether there is too little to search."""
        return len(self.corpus.items) < LEAST_ITEMS


def parse_list(text: str) -> Pasted:
    """Return the texts of a list. Only line feeds and carriage returns end a line; blank lines are left out."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    items: dict[str, Item] = {}
    repeated = left_over = cut = replaced = 0
    for number, line in enumerate(lines, start=1):
        source = sanitize(line.strip(), most_characters=MOST_ITEM_CHARS)
        if not source.text:
            continue
        if source.text in items:
            repeated += 1
        elif len(items) == MOST_ITEMS:
            left_over += 1
        else:
            items[source.text] = Item(f"line-{number}", _title(source.text), source.text)
            cut += bool(source.cut_characters)
            replaced += source.replaced_surrogates
    return Pasted(Corpus(tuple(items.values())), repeated, left_over, cut, replaced)


def _title(text: str) -> str:
    return text if len(text) <= _TITLE_CHARS else text[: _TITLE_CHARS - 1].rstrip() + "…"
