"""What the lesson asks the model in each language (guide.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from components.core.i18n import in_language

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


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def examples() -> Examples:
    """Return the examples in the visitor's language."""
    row = in_language(_tables())
    surprise = Surprising(row["surprise"]["text"], tuple(row["surprise"]["odds"]))
    return Examples(row["model"], row["first"], row["others"], row["nonsense"], Puzzle(**row["game"]), surprise)
