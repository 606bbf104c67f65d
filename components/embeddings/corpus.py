"""The texts that are searched when nobody brings their own: 80 blurbs and 24 questions about them (corpus.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

FILE: Final = Path(__file__).with_name("corpus.toml")

Words = Literal["same", "other"]
"""Whether a question shares its important words with the texts that answer it."""


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
        """Return where an item stands.

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
def shipped() -> Corpus:
    """Return the project's own texts and questions."""
    tables = tomllib.loads(FILE.read_text("utf-8"))
    items = tuple(Item(**table) for table in tables["items"])
    return Corpus(items, tuple(_question(table) for table in tables["queries"]))


def _question(table: dict[str, Any]) -> Question:
    return Question(table["text"], table["words"], tuple(table["relevant"]))
