"""Words look as their tokens do on average and are looked at as their tokens together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from components.attention.capture import capture
from components.attention.selection import group_by_word, without_special_tokens
from tests.unit.attention.architectures import load
from tests.unit.attention.patterns import attention, random_rows, tokens

# Tokens 1 and 2 are one word.
PATTERN = np.array([[0.1, 0.2, 0.3, 0.4], [0.0, 0.5, 0.5, 0.0], [1.0, 0.0, 0.0, 0.0], [0.25, 0.25, 0.25, 0.25]])
WORDS = tuple(replace(token, word=word) for token, word in zip(tokens(5, 6, 7, 8), [0, 1, 1, 2], strict=True))


def test_an_example_worked_by_hand():
    merged = group_by_word(attention(PATTERN, words=WORDS))
    expected = [[0.1, 0.5, 0.4], [0.5, 0.5, 0.0], [0.25, 0.5, 0.25]]
    np.testing.assert_allclose(merged.of_head(0, 0), expected, atol=1e-7)
    assert [token.text for token in merged.key_tokens] == ["t5", "t6t7", "t8"]


def test_rows_still_sum_to_one_and_a_decoder_still_looks_back():
    weights = random_rows(np.random.default_rng(0), 2, 3, 4, 4, causal=True)
    merged = group_by_word(attention(weights, kind="decoder", words=WORDS))
    np.testing.assert_allclose(merged.weights.sum(-1), 1.0, atol=1e-6)
    assert not np.triu(merged.weights, 1).any()
    assert np.array_equal(merged.visible[0], np.tri(3, dtype=bool))


def test_words_of_one_token_change_nothing():
    record = capture(load("gpt2"), "w1 w2 w3").main
    merged = group_by_word(record)
    np.testing.assert_allclose(merged.weights, record.weights, atol=1e-7)
    assert merged.key_tokens == record.key_tokens


def test_each_side_of_cross_attention_has_its_own_words():
    record = capture(load("t5"), "w1 w2 w3", target="w4 w5")
    merged = group_by_word(record.cross)
    assert merged.weights.shape == record.cross.weights.shape


@pytest.mark.real_model
def test_pieces_of_a_real_word_are_joined_to_the_word(classroom_bert, classroom_gpt2):
    text = "Tokenization is unaffable."
    for loaded in (classroom_bert, classroom_gpt2):
        record = capture(loaded, text).main
        merged = group_by_word(record)
        shown = [token.text.strip() for token in merged.key_tokens if not token.special]
        assert shown == ["Tokenization", "is", "unaffable", "."]
        assert len(merged.key_tokens) < len(record.key_tokens)
        np.testing.assert_allclose(merged.weights.sum(-1), 1.0, atol=1e-5)


@pytest.mark.real_model
def test_the_bytes_of_an_emoji_are_written_once(classroom_gpt2):
    merged = group_by_word(capture(classroom_gpt2, "good 👍").main)
    assert [token.text for token in merged.key_tokens] == ["good", " 👍"]


@pytest.mark.real_model
@pytest.mark.parametrize("text", ["e\u0301t\u00e9", "👩‍👩‍👧", "مرحبا بك", "\x00"])
def test_hostile_words_keep_their_rows(text, classroom_gpt2):
    merged = group_by_word(capture(classroom_gpt2, text).main)
    np.testing.assert_allclose(merged.weights.sum(-1), 1.0, atol=1e-5)


def test_of_no_tokens_there_are_no_words():
    """The page says that nothing would be left of a text without ordinary tokens; it has to come that far."""
    nothing = without_special_tokens(capture(load("bert"), "").main)
    merged = group_by_word(nothing)
    assert merged.weights.shape == (*nothing.weights.shape[:2], 0, 0)
    assert merged.query_tokens == merged.key_tokens == ()
