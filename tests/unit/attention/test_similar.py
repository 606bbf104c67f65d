"""Heads with a similar pattern: the same is nearest, the disjoint is farthest."""

from __future__ import annotations

import numpy as np
import pytest

from components.attention import metrics
from components.attention.metrics import pattern_distances, similar_heads
from tests.unit.attention.patterns import attention, column_head, even, offset_head, random_rows

N = 6


def test_a_copy_is_at_no_distance_and_a_disjoint_head_at_one_bit():
    heads = attention([[column_head(N, 0), column_head(N, 0)], [column_head(N, 3), even(N)]])
    distances = pattern_distances(heads, 0, 0)
    assert distances[0, 1] == 0.0
    assert distances[1, 0] == pytest.approx(1.0)
    assert 0.0 < distances[1, 1] < 1.0


def test_distance_is_that_of_the_definition():
    rng = np.random.default_rng(0)
    weights = random_rows(rng, 1, 2, N, N)
    p, q = weights[0]
    middle = (p + q) / 2
    expected = np.mean(np.sum(p * np.log2(p / middle) + q * np.log2(q / middle), axis=1) / 2)
    assert pattern_distances(attention(weights), 0, 0)[0, 1] == pytest.approx(expected, abs=1e-6)


def test_distance_is_the_same_both_ways():
    heads = attention(random_rows(np.random.default_rng(1), 2, 3, N, N))
    assert pattern_distances(heads, 0, 2)[1, 1] == pytest.approx(pattern_distances(heads, 1, 1)[0, 2])


def test_the_first_row_makes_no_decoder_heads_alike():
    to_first, to_itself = column_head(N, 0), offset_head(N, 0)
    heads = attention([[to_first, to_itself]], kind="decoder")
    assert pattern_distances(heads, 0, 0)[0, 1] == pytest.approx(1.0)


def test_similar_heads_come_nearest_first_without_the_head_itself():
    noisy = [0.9 * column_head(N, 0) + 0.1 * even(N), 0.5 * column_head(N, 0) + 0.5 * even(N)]
    heads = attention([[column_head(N, 0), column_head(N, 4)], noisy])
    found = similar_heads(heads, 0, 0, count=3)
    assert [(head.layer, head.head) for head in found] == [(1, 0), (1, 1), (0, 1)]
    assert [head.distance for head in found] == sorted(head.distance for head in found)


def test_a_single_token_has_only_alike_heads():
    heads = attention(np.ones((1, 2, 1, 1)), kind="decoder")
    assert pattern_distances(heads, 0, 0)[0, 1] == 0.0


@pytest.mark.parametrize("at_once", [1, 2, 1000])
def test_layers_one_by_one_are_as_far_away_as_all_at_once(monkeypatch, at_once):
    drawn = np.random.default_rng(0).random((5, 3, 4, 4)).astype(np.float32)
    heads = attention(drawn / drawn.sum(-1, keepdims=True))
    whole = pattern_distances(heads, 1, 2)  # all layers at once
    monkeypatch.setattr(metrics, "MOST_WEIGHTS_AT_ONCE", at_once * 3 * 16)
    np.testing.assert_array_equal(pattern_distances(heads, 1, 2), whole)
    assert whole.shape == (5, 3)
    assert whole[1, 2] == 0
