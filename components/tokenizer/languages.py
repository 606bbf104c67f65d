"""Who pays more: the same sentence in several languages, and what it costs with one tokenizer.

A vocabulary is made from a pile of text. A language that was rare in it is cut into many small pieces, so the same
content costs more tokens, more time and, where a service charges by the token, more money (Petrov et al. 2023,
arXiv 2305.15425; Ahia et al. 2023, arXiv 2305.13707).
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from components.core.i18n import N_
from components.tokenizer.errors import NothingToCompare
from components.tokenizer.measures import Measures

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
def sentences() -> tuple[Sentence, ...]:
    """Return the sentences of sentences.toml, in its order."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["sentences"]
    return tuple(Sentence(**row) for row in rows)


def bills(measure: Callable[[str], Measures], chosen: Sequence[Sentence]) -> tuple[Bill, ...]:
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
