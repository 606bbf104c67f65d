"""Whether tokens end where morphemes end, the smallest parts of a word that mean something.

Morphemes are found by Kiwi (`kiwipiepy`), an analyser of Korean. It is no requirement of the dashboard: where it is not
installed, the page says how to get it. Its answer is an estimate too: it is right for most words, not for all.

Two morphemes may share a syllable (갔다: 가 + 았 + 다). No token can end between them; such places are counted apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import pairwise
from typing import Any, Final

PACKAGE: Final = "kiwipiepy"
FIRST_SYLLABLE: Final = "가"
LAST_SYLLABLE: Final = "힣"


@dataclass(frozen=True)
class Morpheme:
    """A morpheme over the characters `[start, end)` of a text.

    Attributes
    ----------
    form
        As the dictionary writes it.
    tag
        Part of speech in the Sejong tag set: NNG a noun, JX a particle, VV a verb, EP and EF endings.
    """

    form: str
    tag: str
    start: int
    end: int


@dataclass(frozen=True)
class Boundaries:
    """Where words have a boundary of morphemes inside.

    Attributes
    ----------
    between
        Characters of the text that begin a morpheme inside a word.
    within
        How many more lie inside a syllable.
    """

    between: frozenset[int]
    within: int


def has_hangul(text: str) -> bool:
    """Say whether a text has a syllable that the analyser could read."""
    return any(FIRST_SYLLABLE <= letter <= LAST_SYLLABLE for letter in text)


def can_split() -> bool:
    """Say whether the analyser is installed."""
    return find_spec(PACKAGE) is not None


def split_morphemes(text: str) -> tuple[Morpheme, ...]:
    """Return the most probable morphemes of a Korean text. `can_split` says whether it can be called."""
    return tuple(
        Morpheme(found.form, found.tag, found.start, found.start + found.len) for found in _analyser().tokenize(text)
    )


def find_boundaries(text: str, morphemes: Sequence[Morpheme]) -> Boundaries:
    """Return the boundaries inside words: between syllables, and inside them."""
    between, within = set(), 0
    for before, after in pairwise(morphemes):
        if after.start < before.end:
            within += 1
        elif after.start == before.end and text[after.start - 1].isalnum() and text[after.start].isalnum():
            between.add(after.start)
    return Boundaries(frozenset(between), within)


@cache
def _analyser() -> Any:  # noqa: ANN401 (the package ships without types)
    from kiwipiepy import Kiwi  # only where it is asked for: it reads its model

    return Kiwi()
