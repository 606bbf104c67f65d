"""Rotary position embedding, RoPE (Su et al. 2021, "RoFormer", arXiv 2104.09864).

Nothing is added to the token embedding. Inside every attention head the query at position m is turned by m
times the frequency of each pair of dimensions, and the key at position n by n times the same. The product of
the two then contains the difference n - m only:

    (R_m q) . (R_n k) = q . (R_(n - m) k)

The frequencies are those of the sinusoids; Llama, Qwen, Gemma and most models since 2023 work this way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.positional.settings import (
    PAPER_BASE,
    FloatArray,
    Layout,
    check_base,
    check_d_model,
    check_layout,
    check_length,
)
from components.positional.similarity import OffsetProfile, summarize_by_offset
from components.positional.sinusoidal import pair_dimensions, pair_frequencies


def rotate(
    vectors: FloatArray, positions: FloatArray, *, base: float = PAPER_BASE, layout: Layout = "interleaved"
) -> FloatArray:
    """Turn each vector to its position.

    Parameters
    ----------
    vectors
        `[position, dimension]`: queries or keys of one head.
    positions
        `[position]`: where each of them stands.
    base
        As in the sinusoids.
    layout
        "interleaved" pairs the dimensions (0, 1), (2, 3), ... as the paper does; "concatenated" pairs
        dimension i with i + d / 2, as Llama in transformers does (`rotate_half`). A trained model works with
        its own pairing only: the weights of the projections are permuted between the two.

    Returns
    -------
    `[position, dimension]`, each row as long as before.
    """
    check_d_model(vectors.shape[1])
    check_base(base)
    check_layout(layout)
    angle = np.asarray(positions)[:, None] * pair_frequencies(vectors.shape[1], base=base)  # [position, pair]
    first, second = pair_dimensions(vectors.shape[1], layout)
    x, y = vectors[:, first], vectors[:, second]
    turned = np.empty(vectors.shape)
    turned[:, first] = x * np.cos(angle) - y * np.sin(angle)
    turned[:, second] = x * np.sin(angle) + y * np.cos(angle)
    return turned


@dataclass(frozen=True, kw_only=True)
class RotaryScores:
    """One query vector and one key vector, placed at every pair of positions.

    Attributes
    ----------
    rotated_query
        `[position, dimension]`: the same query, turned to each position.
    scores
        `[query position, key position]`: the product after both were turned.
    unrotated
        The product without positions, the same everywhere.
    profile
        `scores` along its diagonals, that is by how far the key stands to the right of the query.
    """

    rotated_query: FloatArray
    scores: FloatArray
    unrotated: float
    profile: OffsetProfile


def rotary_scores(
    query: FloatArray,
    key: FloatArray,
    *,
    length: int,
    base: float = PAPER_BASE,
    layout: Layout = "interleaved",
) -> RotaryScores:
    """Place `query` and `key`, both `[dimension]`, at all positions below `length` and multiply.

    Raises
    ------
    SettingError
        As `sinusoidal`.
    """
    check_length(length)
    positions = np.arange(length, dtype=np.float64)
    queries = rotate(np.tile(query, (length, 1)), positions, base=base, layout=layout)
    keys = rotate(np.tile(key, (length, 1)), positions, base=base, layout=layout)
    scores = queries @ keys.T
    return RotaryScores(
        rotated_query=queries,
        scores=scores,
        unrotated=float(query @ key),
        profile=summarize_by_offset(scores),
    )


def plain_vector(d_model: int, layout: Layout) -> FloatArray:
    """The vector `[dimension]` with (1, 0) in every pair, which shows the bare rotation.

    Turned to position p it reads (cos(wp), sin(wp)). Its `rotated_query` is the sinusoidal table with sine
    and cosine exchanged: the same waves, used to turn instead of to add.
    """
    check_d_model(d_model)
    check_layout(layout)
    vector = np.zeros(d_model)
    vector[pair_dimensions(d_model, layout)[0]] = 1.0
    return vector


def random_vectors(d_model: int, *, seed: int) -> tuple[FloatArray, FloatArray]:
    """Two random unit vectors `[dimension]`: a query and a key that have nothing to do with each other."""
    check_d_model(d_model)
    drawn = np.random.default_rng(seed).normal(size=(2, d_model))
    query, key = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return query, key
