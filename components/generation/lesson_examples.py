"""What the lesson and the game ask the model in each language (guide.toml)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from components.core.i18n import LANGUAGES, language, read_in_language, use

FILE: Final = Path(__file__).with_name("guide.toml")


@dataclass(frozen=True)
class Draws:
    """A beginning, and the answers offered to how many draws of its next token are another one than the likeliest."""

    prompt: str
    options: tuple[int, ...]


@dataclass(frozen=True)
class Repetition:
    """A beginning that greedy continues by so many tokens, and the phrase that it then has written twice."""

    prompt: str
    tokens: int
    phrase: str


@dataclass(frozen=True)
class Examples:
    """What is asked in one language; see guide.toml."""

    model: str
    top_p: str
    seeds: str
    search: str
    draws: Draws
    greedy: Repetition
    passages: tuple[str, ...]


_EXAMPLES: Final = TypeAdapter(Examples)


def examples() -> Examples:
    """Return the examples in the visitor's language."""
    return _EXAMPLES.validate_python(read_in_language(FILE))


def passages(languages: Collection[str]) -> tuple[str, ...]:
    """Return the texts of the game for a model: in the visitor's language, or in the first one that it has learned.

    Parameters
    ----------
    languages
        What the model is known to have learned; of one that nobody knows anything of, nothing.
    """
    readable = [code for code in LANGUAGES if code in languages]
    if not readable or language() in readable:
        return examples().passages
    with use(readable[0]):
        return examples().passages
