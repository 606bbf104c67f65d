"""Attention with linear biases, ALiBi (Press et al. 2022, "Train Short, Test Long", arXiv 2108.12409).

No position vector at all: every attention score is lowered by slope times distance before the softmax. Each
head has its own fixed slope, so some heads see only the nearest words and others the whole text. BLOOM and
MPT do this.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from components.positional.settings import FloatArray, check_length, check_within

HEADS_MAX: Final = 128


@dataclass(frozen=True, kw_only=True)
class Alibi:
    """The biases of one layer; every layer has the same.

    Attributes
    ----------
    slopes
        `[head]`.
    bias
        `[head, query, key]`, added to the attention scores: 0 for a word with itself, below 0 for words
        before it, and -infinity for words after it, which a decoder must not see.
    penalty
        `[distance, head]`: the bias of a key that stands `distance` positions before the query.
    """

    slopes: FloatArray
    bias: FloatArray
    penalty: FloatArray


def alibi_slopes(heads: int) -> FloatArray:
    """Slope of each head: `[head]`.

    For a power of two they are the geometric series 2^(-8 / heads), 2^(-16 / heads), ... down to 2^-8. For
    other numbers of heads the authors' code takes the slopes of the power of two below and fills up with
    every other slope of the power of two above.

    Raises
    ------
    OutOfBounds
        `heads` is not a number from 1 to 128.
    """
    check_within("heads", heads, low=1, high=HEADS_MAX)
    power = 2 ** math.floor(math.log2(heads))
    slopes = _series(power)
    between = _series(2 * power)[::2]
    return np.concatenate([slopes, between[: heads - power]])


def _series(heads: int) -> FloatArray:
    return np.asarray(2.0 ** (-8.0 * np.arange(1, heads + 1) / heads))


def alibi(*, heads: int, length: int) -> Alibi:
    """Compute the biases between the first `length` positions.

    Raises
    ------
    OutOfBounds
        `heads` or `length` out of bounds.
    """
    check_length(length)
    slopes = alibi_slopes(heads)
    position = np.arange(length)
    distance = position[:, None] - position[None, :]  # [query, key], positive to the left
    bias = np.where(distance >= 0, slopes[:, None, None] * -distance, -np.inf)
    return Alibi(slopes=slopes, bias=bias, penalty=-position[:, None] * slopes)
