"""What the page asks its reader, answered by a model: the game of the next word, and the questions of the lesson."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from components.engines.contract import Engine, Request, Token
from components.engines.runs import generate
from components.engines.samplers import FloatArray, outside_top_p
from components.engines.scoring import Guess

FIRST_WORD: Final = 3
"""How many words are shown before the first one to guess."""

_WORD: Final = re.compile(r"\S+")


TOP_P: Final = 0.9
SEEDS: Final = (1, 2, 3, 4, 5)
NEW_TOKENS: Final = 12
SHARES: Final = {"< 1%": 0.01, "10%": 0.3, "50%": 0.7, "90%": 1.0}
"""The answers the lesson offers, each with the largest share that it still fits."""


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
        """Whether the model's first choices, token after token, write the word."""
        return self.truth.is_first_choice


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


@dataclass(frozen=True)
class Nucleus:
    """How much of the vocabulary top-p keeps.

    Attributes
    ----------
    kept, vocabulary
        Tokens.
    """

    kept: int
    vocabulary: int

    @property
    def option(self) -> str:
        """The answer of the lesson that fits."""
        share = self.kept / self.vocabulary
        return next(option for option, most in SHARES.items() if share <= most)


def nucleus(scores: FloatArray) -> Nucleus:
    """Count what top-p keeps of scores, `[token]`."""
    cut = outside_top_p(np.asarray(scores, dtype=np.float32), p=TOP_P)
    return Nucleus(int((~cut).sum()), len(cut))


@dataclass(frozen=True)
class Attempt:
    """What a few seeds wrote with the same settings."""

    texts: tuple[str, ...]

    @property
    def different(self) -> int:
        """How many different texts."""
        return len(set(self.texts))


def nearest(count: float, options: Sequence[int]) -> str:
    """Return the answer of the lesson that is nearest to a count."""
    return str(min(options, key=lambda option: abs(option - count)))


def count_texts(attempt: Attempt) -> str:
    """Return the answer of the lesson that fits how many texts differ."""
    if attempt.different in (1, len(SEEDS)):
        return str(attempt.different)
    return f"2–{len(SEEDS) - 1}"


@dataclass(frozen=True)
class Repeats:
    """The surprise of a phrase, in bits, the first and the second time that a text has it."""

    first: float
    second: float

    @property
    def change(self) -> Literal["falls", "stays", "rises"]:
        """How it changes, to a tenth of a bit."""
        change = round(self.second - self.first, 1)
        if change == 0:
            return "stays"
        return "falls" if change < 0 else "rises"


def compare_repeats(tokens: Sequence[Token], phrase: str) -> Repeats:
    """Measure a phrase where a text has it first and second.

    Raises
    ------
    ValueError
        If the text does not have it twice, each time as whole tokens.
    """
    found = []
    for start in range(len(tokens)):
        for end in range(start + 1, len(tokens) + 1):
            if _joined(tokens[start:end]) == phrase:
                found.append(text_bits(tokens[start:end]))
                break
    if len(found) < 2:
        raise ValueError(f"the text has {phrase!r} {len(found)} times")
    return Repeats(found[0], found[1])


def text_bits(tokens: Sequence[Token]) -> float:
    """Return the surprise of a text: the sum over its tokens, of which all are measured."""
    return sum(bits for token in tokens if (bits := token.surprisal_bits) is not None)


def with_seeds(engine: Engine, request: Request, *, checkpoint: Callable[[], None], session: str) -> Attempt:
    """Write a short text with each of a few seeds."""
    return Attempt(tuple(_text(engine, request, seed, checkpoint, session) for seed in SEEDS))


def _text(engine: Engine, request: Request, seed: int, checkpoint: Callable[[], None], session: str) -> str:
    asked = replace(request, seed=seed, max_new_tokens=NEW_TOKENS, candidates=0)
    with closing(generate(engine, asked, checkpoint, session=session)) as stream:
        return _joined([event for event in stream if isinstance(event, Token)])


def _joined(tokens: Sequence[Token]) -> str:
    return "".join(token.text for token in tokens)
