"""How often each letter occurs in a text."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class LetterCount:
    """A letter of a text: how often it occurs, and its share of all letters, from 0 to 1."""

    letter: str
    count: int
    share: float


def count_letters(text: str) -> tuple[LetterCount, ...]:
    """Return the letters of a text, the most frequent first; of two that are equally frequent, by the alphabet.

    Upper and lower case are one letter. What is no letter (a space, a digit, a mark) is left out.
    """
    counts = Counter(character for character in text.casefold() if character.isalpha())
    ordered = sorted(counts, key=lambda letter: (-counts[letter], letter))
    return tuple(LetterCount(letter, counts[letter], counts[letter] / counts.total()) for letter in ordered)
