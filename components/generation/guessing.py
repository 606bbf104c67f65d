"""A game: the next word of a text is hidden; a reader guesses, and the model's expectation of both words is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.engines.scoring import Guess

PASSAGES: Final = (
    "The old captain looked at the stars and knew that the ship would not reach the planet before the storm.",
    "I read a good novel last week, and when I came to the end I wanted to start again from the first page.",
    "The film begins slowly, but after an hour the story becomes so exciting that nobody in the room said a word.",
)
FIRST_WORD: Final = 3
"""How many words are shown before the first one to guess."""

_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True)
class Round:
    """One hidden word.

    Attributes
    ----------
    before
        The text up to it.
    word
        What stands there, without the punctuation around it.
    """

    before: str
    word: str


@dataclass(frozen=True)
class Played:
    """A word that was guessed."""

    round: Round
    typed: str
    reader: Guess
    truth: Guess

    @property
    def hit(self) -> bool:
        """Whether the reader had the word."""
        return self.typed.strip().casefold() == self.round.word.casefold()

    @property
    def model_hit(self) -> bool:
        """Whether the model's first choice begins the word; of a word of one token, is it."""
        return self.truth.rank == 1


def rounds(passage: str) -> tuple[Round, ...]:
    """Return the words of a passage to guess, in order."""
    found = list(_WORD.finditer(passage))[FIRST_WORD:]
    return tuple(
        Round(passage[: match.start()].rstrip(), word) for match in found if (word := match[0].strip(".,;:!?\"“”'()"))
    )


@dataclass(frozen=True)
class Score:
    """How a reader and the model did.

    Attributes
    ----------
    bits
        Mean surprisal of the true words to the model.
    """

    words: int
    hits: int
    model_hits: int
    bits: float


def score(played: Sequence[Played]) -> Score:
    """Sum up what was played, at least one word."""
    return Score(
        words=len(played),
        hits=sum(each.hit for each in played),
        model_hits=sum(each.model_hit for each in played),
        bits=sum(each.truth.bits for each in played) / len(played),
    )
