"""What stands on a chip."""

from __future__ import annotations

import pytest
from hypothesis import given

from components.models.byte_alphabet import Spelling
from components.tokenizer.encode import encode
from components.tokenizer.graphemes import group_tokens
from components.tokenizer.labels import group_label, hexadecimal, piece_label
from tests.unit.tokenizer.zoo import ZOO, bert, gpt2, patient, texts


def labels(tokenizer, text):
    spelling = Spelling.of(tokenizer)
    return [group_label(group, spelling) for group in group_tokens(encode(tokenizer, text))]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("bert", "Unaffable 👍", ["[CLS]", "una", "##ffa", "##ble", "[UNK]", "[SEP]"]),
        ("gpt2", "The novel\n👍", ["The", "·novel", "↵", "👍"]),
        ("gpt2", "\0", ["⟨NUL⟩"]),
        ("gpt2", "a<|endoftext|>", ["a", "<|endoftext|>"]),
        ("byte_fallback_bpe", "read ☃", ["<s>", "·read", "·", "☃"]),
    ],
)
def test_labels(name, text, expected):
    assert labels(ZOO[name](), text) == expected


@pytest.mark.parametrize("name", ZOO)
@given(text=texts.filter(lambda text: "\ufffd" not in text))
@patient
def test_no_label_is_empty_or_half_a_character(name, text):
    for label in labels(ZOO[name](), text):
        assert label
        assert "\ufffd" not in label


def test_a_piece_of_a_trace_that_is_no_text_shows_its_bytes():
    spelling = Spelling.of(gpt2())
    assert piece_label("Ġnovel", spelling) == "·novel"
    assert piece_label("ðŁĳ", spelling) == "⟨F0 9F 91⟩"
    assert piece_label("##ble", Spelling.of(bert())) == "##ble"


def test_bytes_are_written_in_pairs_of_digits():
    assert hexadecimal(b"\x00\xff") == "00 FF"
