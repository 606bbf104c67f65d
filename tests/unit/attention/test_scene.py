"""What the view of all heads is given: the text cut at its tokens, the veil of a mask, a row to begin with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from components.attention import scene
from components.attention.capture import capture
from components.attention.selection import without_special_tokens
from components.models.inputs import Token
from tests.unit.attention.architectures import load


def token(text: str, start: int, end: int) -> Token:
    return Token(0, text, text, start, end, special=False, segment=0, word=0)


@pytest.fixture
def decoder():
    return capture(load("llama"), "w1 w2 w3 w4").main


def test_a_causal_mask_is_veiled_and_no_other():
    decoder, encoder = capture(load("llama"), "w1 w2 w3 w4").main, capture(load("bert"), "w1 w2 w3 w4").main
    count = decoder.weights.shape[-1]
    assert scene.reach_of_layers(decoder) == [count] * decoder.layers
    assert scene.reach_of_layers(encoder) == [None] * encoder.layers
    short = without_special_tokens(decoder)
    assert set(scene.reach_of_layers(short)) == {short.weights.shape[-1]}


def test_a_window_is_as_wide_as_it_is_and_a_mask_of_another_shape_has_no_veil(decoder):
    count = decoder.weights.shape[-1]
    masks = np.stack([np.tri(count, dtype=bool)] * decoder.layers)
    masks[0] &= ~np.tri(count, k=-2, dtype=bool)
    masks[1, -1, 1] = False
    assert scene.reach_of_layers(replace(decoder, visible=masks))[:2] == [2, None]


@pytest.mark.parametrize("text", ["한글 을 읽다", "שלום עולם", "a  b\n c "])
def test_the_pieces_read_as_the_text_that_was_typed(text):
    places, cursor = [], 0
    for word in text.split():
        cursor = text.index(word, cursor)
        places.append(token(word, cursor, cursor + len(word)))
    pieces = scene.text_pieces(places, [text])
    assert "".join(piece.text for piece in pieces) == text.rstrip()
    assert [text.split()[piece.token] for piece in pieces if piece.token is not None] == text.split()


def test_the_tokens_of_one_character_have_one_piece():
    pieces = scene.text_pieces([token("?", 0, 1), token("?", 0, 1), token("x", 1, 2)], ["🙂x"])
    assert [(piece.text, piece.token) for piece in pieces] == [("🙂", 0), ("x", 2)]


def test_it_begins_with_a_look_from_one_word_at_another(decoder):
    weights = np.zeros_like(decoder.weights)
    weights[0, 0, 2, 2] = 1.0
    weights[0, 0, 3, 1] = 0.4
    assert scene.row_worth_a_look(replace(decoder, weights=weights), 0, 0) == 3
