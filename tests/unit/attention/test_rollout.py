"""Rollout against an example worked by hand, in which the order of the layers matters."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.attention.rollout import mixing, raw_mean, rollout
from tests.unit.attention.patterns import attention, even, random_rows

# Layer 0: everyone looks at token 0. Layer 1: everyone looks at token 1. With the residual connection
#   A'_0 = [[1, 0], [1/2, 1/2]]      A'_1 = [[1/2, 1/2], [0, 1]]
#   R_1 = A'_1 A'_0 = [[1/2*1 + 1/2*1/2, 1/2*1/2], [1/2, 1/2]] = [[3/4, 1/4], [1/2, 1/2]]
# and the wrong order would give A'_0 A'_1 = [[1/2, 1/2], [1/4, 3/4]], whose rows sum to 1 too.
TWO_LAYERS = [[[[1, 0], [1, 0]]], [[[0, 1], [0, 1]]]]


def test_layers_multiply_from_the_left():
    rolled = rollout(attention(TWO_LAYERS))
    np.testing.assert_allclose(rolled[0], [[1, 0], [0.5, 0.5]])
    np.testing.assert_allclose(rolled[1], [[0.75, 0.25], [0.5, 0.5]])


def test_heads_are_averaged_before_they_are_rolled():
    two_heads = [[[[1, 0], [1, 0]], [[0, 1], [0, 1]]]]
    np.testing.assert_allclose(rollout(attention(two_heads))[0], [[0.75, 0.25], [0.25, 0.75]])


def test_raw_mean_is_over_layers_and_heads():
    np.testing.assert_allclose(raw_mean(attention(TWO_LAYERS)), [[0.5, 0.5], [0.5, 0.5]])


def test_half_of_each_token_stays():
    np.testing.assert_allclose(mixing(attention(even(4)[None, None]))[0].diagonal(), [0.625] * 4)


def test_the_residual_is_the_row_normalised_sum_with_the_identity():
    """The other way the paper is written: add I, then divide each row by its sum."""
    weights = random_rows(np.random.default_rng(0), 3, 4, 6, 6)
    summed = weights.mean(axis=1) + np.eye(6)
    np.testing.assert_allclose(mixing(attention(weights)), summed / summed.sum(-1, keepdims=True), atol=1e-6)


@given(seed=st.integers(0, 2**32 - 1), layers=st.integers(1, 5), tokens=st.integers(1, 8), causal=st.booleans())
def test_rows_sum_to_one_and_a_decoder_never_sees_ahead(seed, layers, tokens, causal):
    weights = random_rows(np.random.default_rng(seed), layers, 2, tokens, tokens, causal=causal)
    rolled = rollout(attention(weights, kind="decoder" if causal else "encoder"))
    np.testing.assert_allclose(rolled.sum(axis=-1), 1.0, atol=1e-5)
    assert (rolled >= 0).all()
    if causal:
        assert not np.triu(rolled, 1).any()


def test_cross_attention_has_no_rollout():
    with pytest.raises(ValueError, match="self-attention"):
        rollout(attention(random_rows(np.random.default_rng(0), 1, 1, 2, 3), kind="cross"))
