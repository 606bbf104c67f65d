"""The numbers behind the lesson's question and its exercise, computed when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.positional.sinusoidal import sinusoidal

PREDICT_PAIRS: Final = ((0, 40), (3, 49), (10, 60))
"""The pairs of positions among which the lesson asks for the most alike. The one furthest apart should win."""
PREDICT_D_MODEL: Final = 128

EXERCISE_PAIR: Final = (3, 47)
"""44 positions apart: seven turns of the fastest wave and 0.02 radians, so one fast wave alone confuses them."""
EXERCISE_SIMILARITY: Final = 0.99


@dataclass(frozen=True)
class Pair:
    """Two positions and the cosine similarity of their sinusoidal vectors."""

    first: int
    second: int
    similarity: float


def compare(first: int, second: int, *, d_model: int, base: float) -> Pair:
    """Measure how alike two positions are. Raises as `sinusoidal`."""
    table = sinusoidal(d_model=d_model, length=second + 1, base=base).matrix
    # Every row has the length sqrt(d / 2), so the cosine is the product over d / 2.
    return Pair(first, second, float(table[first] @ table[second]) * 2 / d_model)


def predicted_pairs() -> list[Pair]:
    """Return the pairs of the question, the most alike first."""
    pairs = [compare(*pair, d_model=PREDICT_D_MODEL, base=10_000) for pair in PREDICT_PAIRS]
    return sorted(pairs, key=lambda pair: pair.similarity, reverse=True)


def exercise_pair(*, d_model: int, base: float) -> Pair:
    """Return how alike the two positions of the exercise are under a visitor's settings."""
    return compare(*EXERCISE_PAIR, d_model=d_model, base=base)
