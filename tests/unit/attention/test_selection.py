"""Parts of a pattern: what is kept keeps its weight, and what is kept is what was asked for."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.attention.capture import capture
from components.attention.selection import between, largest_cells, without_special_tokens
from tests.unit.attention.architectures import load
from tests.unit.attention.patterns import attention, even, random_rows


@given(seed=st.integers(0, 2**32 - 1), keys=st.integers(1, 7), share=st.floats(0, 1))
def test_kept_cells_hold_the_share_and_no_smaller_set_does(seed, keys, share):
    row = random_rows(np.random.default_rng(seed), 1, keys)
    kept = largest_cells(row, share)[0]
    assert row[0, kept].sum() >= share - 1e-6
    smaller = itertools.combinations(row[0], max(0, kept.sum() - 1))
    assert not kept.any() or all(sum(cells) < share for cells in smaller)


def test_rows_are_cut_each_by_itself():
    pattern = np.array([[0.7, 0.2, 0.1], [0.4, 0.3, 0.3]])
    expected = [[True, False, False], [True, True, False]]
    assert np.array_equal(largest_cells(pattern, 0.7), expected)


def test_of_equal_cells_the_earlier_is_kept():
    assert np.array_equal(largest_cells(even(4)[:1], 0.5), [[True, True, False, False]])


def test_nothing_and_everything():
    pattern = even(4, causal=True)
    assert not largest_cells(pattern, 0.0).any()
    assert np.array_equal(largest_cells(pattern, 1.0), pattern > 0)


def test_half_precision_keeps_the_same_cells():
    pattern = random_rows(np.random.default_rng(0), 40, 40)
    differ = largest_cells(pattern, 0.9) != largest_cells(pattern.astype(np.float16), 0.9)
    assert differ.mean() < 0.01


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_between_zero_and_one(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        largest_cells(even(2), share)


def test_without_special_tokens_weights_stay_and_rows_no_longer_sum_to_one():
    record = capture(load("bert"), "w1 w2 w3").main
    ordinary = without_special_tokens(record)
    assert [token.text for token in ordinary.key_tokens] == ["w1", "w2", "w3"]
    assert np.array_equal(ordinary.weights, record.weights[:, :, 1:-1, 1:-1])
    assert np.array_equal(ordinary.queries, record.queries[:, :, 1:-1])
    assert np.array_equal(ordinary.keys, record.keys[:, :, 1:-1])
    assert (ordinary.weights.sum(axis=-1) < 0.999).all()
    np.testing.assert_allclose(record.weights.sum(axis=-1), 1.0, atol=1e-5)


def test_a_decoder_without_special_tokens_stays_whole():
    record = capture(load("gpt2"), "w1 w2 w3").main
    assert np.array_equal(without_special_tokens(record).weights, record.weights)


@pytest.mark.parametrize(
    ("direction", "rows", "columns"),
    [
        ("aa", slice(0, 4), slice(0, 4)),
        ("ab", slice(0, 4), slice(4, 7)),
        ("ba", slice(4, 7), slice(0, 4)),
        ("bb", slice(4, 7), slice(4, 7)),
    ],
)
def test_a_direction_is_a_block_of_the_pattern(direction, rows, columns):
    record = capture(load("bert"), "w1 w2", "w3 w4").main
    block = between(record, direction)
    assert np.array_equal(block.weights, record.weights[:, :, rows, columns])
    assert block.query_tokens == record.query_tokens[rows]
    assert block.key_tokens == record.key_tokens[columns]


def test_a_single_text_has_nothing_between():
    record = capture(load("bert"), "w1 w2").main
    assert between(record, "ab").weights.shape[-2:] == (4, 0)


def test_weights_alone_can_be_selected_too():
    head = attention(even(3))
    assert without_special_tokens(replace(head, queries=None)).queries is None
