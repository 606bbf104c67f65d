"""How alike two positions are, and how that changes with the distance between them.

This works on any table `[position, dimension]`: computed, learned or rotated. The lesson's question and exercise ask
about pairs of positions of the sinusoidal table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from components.positional.settings import FloatArray
from components.positional.sinusoidal import sinusoidal

# A rise smaller than this is rounding: cosines are at most 1 and carry an error of about 1e-15.
RISE_TOLERANCE: Final = 1e-12


def cosine_similarity(table: FloatArray) -> FloatArray:
    """Cosine of the angle between every two positions: `[position, position]`, 1 on the diagonal.

    A row of zeros has no direction; its similarity to everything is returned as 0.
    """
    # brought to size 1 first: the square of a number below 1e-154 is no longer an ordinary float
    largest = np.abs(table).max(axis=1, keepdims=True, initial=0)
    scaled = np.divide(table, largest, out=np.zeros_like(table), where=largest > 0)
    norm = np.linalg.norm(scaled, axis=1, keepdims=True)
    direction = np.divide(scaled, norm, out=scaled, where=norm > 0)
    return np.asarray(direction @ direction.T)


@dataclass(frozen=True, kw_only=True)
class OffsetProfile:
    """A `[position, position]` matrix, read along its diagonals.

    Attributes
    ----------
    mean, lowest, highest
        `[offset]`: over all pairs of positions that lie `offset` apart. The offset 0 is a position with
        itself. Where lowest equals highest, the value depends on the distance alone.
    """

    mean: FloatArray
    lowest: FloatArray
    highest: FloatArray

    @property
    def spread(self) -> FloatArray:
        """`[offset]`: highest minus lowest."""
        return self.highest - self.lowest


def summarize_by_offset(matrix: FloatArray) -> OffsetProfile:
    """Summarise a square `[position, position]` matrix by the offset of its columns from its rows."""
    diagonals = [np.diagonal(matrix, offset) for offset in range(len(matrix))]
    return OffsetProfile(
        mean=np.array([diagonal.mean() for diagonal in diagonals]),
        lowest=np.array([diagonal.min() for diagonal in diagonals]),
        highest=np.array([diagonal.max() for diagonal in diagonals]),
    )


def first_rise(curve: FloatArray) -> int | None:
    """First offset at which a `[offset]` curve is higher than one step before; None if it never rises."""
    rises = np.flatnonzero(np.diff(curve) > RISE_TOLERANCE)
    return int(rises[0]) + 1 if rises.size else None


ASKED_PAIRS: Final = ((0, 40), (10, 60))
"""The pairs of positions of which the lesson asks which is more alike. The one further apart should win."""
ASKED_D_MODEL: Final = 128

EXERCISE_PAIR: Final = (3, 47)
"""44 positions apart: seven turns of the fastest wave and 0.02 radians, so one fast wave alone confuses them."""
EXERCISE_SIMILARITY: Final = 0.99


@dataclass(frozen=True)
class Pair:
    """Two positions and the cosine similarity of their sinusoidal vectors."""

    first: int
    second: int
    similarity: float


def compare_positions(first: int, second: int, *, d_model: int, base: float) -> Pair:
    """Measure how alike two positions are. Raises as `sinusoidal`."""
    table = sinusoidal(d_model=d_model, length=second + 1, base=base).matrix
    # Every row has the length sqrt(d / 2), so the cosine is the product over d / 2.
    return Pair(first, second, float(table[first] @ table[second]) * 2 / d_model)


def rank_asked_pairs() -> list[Pair]:
    """Return the pairs of the question, the most alike first."""
    pairs = [compare_positions(*pair, d_model=ASKED_D_MODEL, base=10_000) for pair in ASKED_PAIRS]
    return sorted(pairs, key=lambda pair: pair.similarity, reverse=True)


def exercise_pair(*, d_model: int, base: float) -> Pair:
    """Return how alike the two positions of the exercise are under a visitor's settings."""
    return compare_positions(*EXERCISE_PAIR, d_model=d_model, base=base)
