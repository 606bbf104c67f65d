"""Draw from a distribution many times and ask whether the counts are what the theory says.

Pearson's chi-square: the sum over cells of (counted - expected)^2 / expected. It follows the chi-square distribution
only where a few counts are expected in each cell, so rare tokens are put together until at least five are (the
usual rule, Cochran 1954).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_EXPECTED_COUNT: Final = 5.0

FloatArray = NDArray[np.floating]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Draws:
    """Tokens drawn one after another.

    Attributes
    ----------
    ids
        `[draw]`, in the order they were drawn.
    counts
        `[token]`, how often each token came.
    """

    ids: IntArray
    counts: IntArray


@dataclass(frozen=True, kw_only=True)
class ChiSquare:
    """How far counts are from what was expected.

    Attributes
    ----------
    statistic
        0 if the counts are exactly the expected ones.
    degrees_of_freedom
        Cells minus one.
    p_value
        Probability of counts at least this far off if the theory is right; None if there is only one cell, where
        nothing can be off.
    cells, pooled_tokens
        How many cells were compared, and how many tokens share the last one (0 if every token has its own).
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float | None
    cells: int
    pooled_tokens: int


def draw(probability: FloatArray, *, times: int, seed: int) -> Draws:
    """Draw tokens with a generator of their own, so that the same seed gives the same draws.

    Parameters
    ----------
    probability
        `[token]`; need not sum to exactly 1.
    times
        How many draws.
    seed
        Any non-negative number.
    """
    exact = probability.astype(np.float64)
    exact /= exact.sum()
    ids = np.random.default_rng(seed).choice(len(exact), size=times, p=exact)
    return Draws(ids=ids, counts=np.bincount(ids, minlength=len(exact)))


def chi_square(counts: IntArray, probability: FloatArray) -> ChiSquare:
    """Compare counts, `[token]`, with the probabilities they were drawn with, `[token]`.

    A token that came although its probability is 0 makes the statistic infinite.
    """
    expected = probability.astype(np.float64) / probability.sum() * counts.sum()
    if counts[expected == 0].any():
        return ChiSquare(statistic=float("inf"), degrees_of_freedom=1, p_value=0.0, cells=2, pooled_tokens=0)
    possible = expected > 0
    pooled_counts, pooled_expected, pooled_tokens = _pooled(counts[possible], expected[possible])
    statistic = float(((pooled_counts - pooled_expected) ** 2 / pooled_expected).sum())
    freedom = len(pooled_counts) - 1
    return ChiSquare(
        statistic=statistic,
        degrees_of_freedom=freedom,
        p_value=chi_square_tail(statistic, freedom) if freedom else None,
        cells=len(pooled_counts),
        pooled_tokens=pooled_tokens,
    )


def chi_square_tail(statistic: float, degrees_of_freedom: int) -> float:
    """Return the probability of a larger value: the regularised upper incomplete gamma function Q(k / 2, x / 2)."""
    import torch  # NumPy has no incomplete gamma function

    half = torch.tensor([degrees_of_freedom / 2, statistic / 2], dtype=torch.float64)
    return float(torch.special.gammaincc(half[0], half[1]))


def _pooled(counts: IntArray, expected: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Put the rarest tokens into one cell, as few as give every cell its least expected count."""
    order = np.argsort(-expected, kind="stable")
    counts, expected = counts[order], expected[order]
    alone = int((expected >= LEAST_EXPECTED_COUNT).sum())
    # The rest may be too little for a cell of its own even together: then it takes in the rarest of the others.
    while alone and alone < len(expected) and expected[alone:].sum() < LEAST_EXPECTED_COUNT:
        alone -= 1
    if alone == len(expected):
        return counts.astype(np.float64), expected, 0
    return (
        np.append(counts[:alone], counts[alone:].sum()).astype(np.float64),
        np.append(expected[:alone], expected[alone:].sum()),
        len(expected) - alone,
    )
