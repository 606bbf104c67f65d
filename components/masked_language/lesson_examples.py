"""What the lesson asks the model in each language (guide.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from components.core.i18n import read_in_language

FILE: Final = Path(__file__).with_name("guide.toml")


@dataclass(frozen=True)
class Puzzle:
    """A text and the seed of its game."""

    text: str
    seed: int


@dataclass(frozen=True)
class Surprising:
    """A text, and the odds of its most surprising token that a question offers: 1 in so many."""

    text: str
    odds: tuple[int, ...]


@dataclass(frozen=True)
class Examples:
    """What the lesson asks in one language; see guide.toml."""

    model: str
    first: str
    others: str
    nonsense: str
    game: Puzzle
    surprise: Surprising


_EXAMPLES: Final = TypeAdapter(Examples)


def examples() -> Examples:
    """Return the examples in the visitor's language."""
    return _EXAMPLES.validate_python(read_in_language(FILE))
