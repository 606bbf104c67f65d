"""Before and after a change: what moved, and by how much."""

from __future__ import annotations

import numpy as np
import pytest

from components.attention.capture import capture, capture_input
from components.attention.compare import compare, with_mask, with_word
from components.attention.errors import NoMask, NotOneToken
from components.models.inputs import mask_id, read
from components.models.recording import HeadSwitch
from tests.unit.attention.architectures import load
from tests.unit.attention.patterns import attention, column_head, even

TEXT = "w1 w2 w3 w4"


def test_a_row_that_turns_elsewhere_has_changed_by_one():
    before = attention([[column_head(4, 0), even(4)]])
    after = attention([[column_head(4, 2), even(4)]])
    changed = compare(before, after)
    assert np.array_equal(changed.rows[0], [[1.0] * 4, [0.0] * 4])
    assert changed.ranked == [(0, 0), (0, 1)]
    assert np.array_equal(changed.difference(0, 0), column_head(4, 2) - column_head(4, 0))


def test_half_of_a_row_that_turns_elsewhere_counts_half():
    mixed = (column_head(4, 0) + column_head(4, 2)) / 2
    assert compare(attention(column_head(4, 0)), attention(mixed)).heads[0, 0] == 0.5


def test_a_mask_changes_the_ids_and_the_attention_and_nothing_else():
    loaded = load("bert")
    given = read(loaded, TEXT)
    masked = with_mask(loaded, given, 2)
    assert masked.tokens[2].id == mask_id(loaded.tokenizer)
    assert masked.tokens[2].text == "[MASK]"
    assert masked.tokens[:2] + masked.tokens[3:] == given.tokens[:2] + given.tokens[3:]
    written = capture(loaded, "w1 [MASK] w3 w4").main.weights
    assert np.array_equal(capture_input(loaded, masked).main.weights, written)


def test_a_word_takes_the_place_of_a_token():
    loaded = load("gpt2")
    changed = with_word(loaded, read(loaded, TEXT), 1, "w9")
    assert np.array_equal(capture_input(loaded, changed).main.weights, capture(loaded, "w1 w9 w3 w4").main.weights)


def test_in_a_decoder_nothing_before_the_change_changes():
    loaded = load("gpt2")
    given = read(loaded, TEXT)
    after = capture_input(loaded, with_word(loaded, given, 2, "w9")).main
    rows = compare(capture_input(loaded, given).main, after).rows
    assert not rows[:, :, :2].any()
    assert (rows[:, :, 2:] > 0).any(axis=(1, 2)).all()


def test_a_head_that_is_off_changes_only_the_layers_above():
    loaded = load("bert")
    given = read(loaded, TEXT)
    after = capture_input(loaded, given, switches=[HeadSwitch(1, 0)]).main
    heads = compare(capture_input(loaded, given).main, after).heads
    assert not heads[:2].any()
    assert (heads[2] > 0).all()


@pytest.mark.parametrize(("word", "tokens"), [("w1 w2", 2), (" ", 0)])
def test_a_word_of_several_tokens_is_refused(word, tokens):
    loaded = load("bert")
    with pytest.raises(NotOneToken, match=f"is {tokens} tokens"):
        with_word(loaded, read(loaded, TEXT), 1, word)


@pytest.mark.real_model
def test_a_word_gets_the_space_that_the_old_token_has(classroom_gpt2):
    given = read(classroom_gpt2, "The cat sat")
    changed = with_word(classroom_gpt2, given, 1, "dog")
    assert changed.ids == read(classroom_gpt2, "The dog sat").ids
    assert with_word(classroom_gpt2, given, 0, "A").ids == read(classroom_gpt2, "A cat sat").ids


@pytest.mark.real_model
def test_a_model_without_a_mask_says_so(classroom_gpt2):
    with pytest.raises(NoMask):
        with_mask(classroom_gpt2, read(classroom_gpt2, "The cat"), 0)


def test_texts_of_different_length_cannot_be_compared():
    with pytest.raises(ValueError, match="their shapes must be equal"):
        compare(attention(even(3)), attention(even(4)))
