"""What the lesson asks the model in each language (guide.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from components.core.i18n import read_in_language

FILE: Final = Path(__file__).with_name("guide.toml")


@dataclass(frozen=True)
class Capital:
    """A sentence about a country, the country as it is written there, and what the model answers."""

    text: str
    country: str
    answer: str


@dataclass(frozen=True)
class Homonym:
    """A sentence with one word in two meanings."""

    text: str
    word: str


@dataclass(frozen=True)
class Head:
    """A head of a layer's attention."""

    layer: int
    head: int

    @property
    def row(self) -> str:
        """The row of the attention that it is a part of."""
        return f"attention.{self.layer}"


@dataclass(frozen=True)
class LessonExamples:
    """What is asked in one language; see guide.toml. Cities and countries are separated by spaces."""

    model: str
    first: Capital
    second: Capital
    layer: int
    homonym: Homonym
    rows: tuple[str, ...]
    looks: Head
    writes: Head
    mlp: str
    cities: str
    countries: str
    suspects: tuple[str, ...]


_EXAMPLES: Final = TypeAdapter(LessonExamples)


def lesson_examples() -> LessonExamples:
    """Return the examples in the visitor's language."""
    return _EXAMPLES.validate_python(read_in_language(FILE))
