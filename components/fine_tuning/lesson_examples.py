"""Which model and reviews the lesson uses in each language (guide.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from components.core.i18n import read_in_language
from components.fine_tuning.examples import ShippedSet

FILE: Final = Path(__file__).with_name("guide.toml")


@dataclass(frozen=True)
class LessonExamples:
    """What the lesson uses in one language; see guide.toml."""

    model: str
    data: ShippedSet
    shares: tuple[int, ...]


_EXAMPLES: Final = TypeAdapter(LessonExamples)


def lesson_examples() -> LessonExamples:
    """Return what the lesson uses in the visitor's language."""
    return _EXAMPLES.validate_python(read_in_language(FILE))
