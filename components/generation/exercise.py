"""What the lesson asks, answered by a live model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from components.engines.contract import Engine, Request, Token
from components.engines.runs import generate
from components.engines.samplers import FloatArray, outside_top_p

TOP_P: Final = 0.9
SEEDS: Final = (1, 2, 3, 4, 5)
NEW_TOKENS: Final = 12
SHARES: Final = {"< 1%": 0.01, "10%": 0.3, "50%": 0.7, "90%": 1.0}
"""The answers the lesson offers, each with the largest share that it still fits."""


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


def with_seeds(engine: Engine, request: Request, *, checkpoint: Callable[[], None], session: str) -> Attempt:
    """Write a short text with each of a few seeds."""
    return Attempt(tuple(_text(engine, request, seed, checkpoint, session) for seed in SEEDS))


def _text(engine: Engine, request: Request, seed: int, checkpoint: Callable[[], None], session: str) -> str:
    asked = replace(request, seed=seed, max_new_tokens=NEW_TOKENS, candidates=0)
    with closing(generate(engine, asked, checkpoint, session=session)) as stream:
        return _joined([event for event in stream if isinstance(event, Token)])


def _joined(tokens: Sequence[Token]) -> str:
    return "".join(token.text for token in tokens)
