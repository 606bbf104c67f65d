"""Parts of a pattern: what is kept keeps its weight, and what is kept is what was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from components.attention.capture import capture
from components.attention.selection import between, without_special_tokens
from tests.unit.attention.architectures import load
from tests.unit.attention.patterns import attention, even


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
