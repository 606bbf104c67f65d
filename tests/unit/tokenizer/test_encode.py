"""Ids, offsets, special tokens and bytes of an encoded text."""

from __future__ import annotations

import pytest
from hypothesis import given
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from components.tokenizer.encode import encode, measure, model_inputs
from components.tokenizer.errors import CannotEncode
from tests.unit.tokenizer.zoo import (
    ZOO,
    bert,
    byte_fallback_bpe,
    byte_level_bpe,
    gpt2,
    patient,
    texts,
    unigram,
)


def test_the_course_sentence_gets_the_published_ids():
    encoding = encode(bert(), "I read a good novel.")
    assert model_inputs(encoding) == {
        "input_ids": [101, 1045, 3191, 1037, 2204, 3117, 1012, 102],
        "token_type_ids": [0] * 8,
        "attention_mask": [1] * 8,
    }


@pytest.mark.parametrize(("text", "id_"), [("The", 464), (" The", 383), ("the", 1169), (" the", 262)])
def test_gpt2_gives_case_and_space_ids_of_their_own(text, id_):
    assert encode(gpt2(), text).ids == [id_]


@pytest.mark.parametrize("name", ZOO)
@given(text=texts, pair=texts)
@patient
def test_every_field_agrees_with_tokenizers(name, text, pair):
    tokenizer = ZOO[name]()
    raw, ours = tokenizer.encode(text, pair), encode(tokenizer, text, pair)
    assert (ours.ids, ours.type_ids, list(ours.attention_mask)) == (raw.ids, raw.type_ids, raw.attention_mask)
    assert [(token.start, token.end) for token in ours.tokens] == raw.offsets
    assert [token.sequence for token in ours.tokens if not token.special] == [
        sequence for sequence, token in zip(raw.sequence_ids, ours.tokens, strict=True) if not token.special
    ]
    assert [token.index for token in ours.tokens] == list(range(len(raw.ids)))


@pytest.mark.parametrize("name", ZOO)
@given(text=texts, pair=texts)
@patient
def test_text_is_the_source_at_the_offsets(name, text, pair):
    for token in encode(ZOO[name](), text, pair).tokens:
        source = "" if token.sequence is None else (text, pair)[token.sequence]
        assert token.text == source[token.start : token.end]


@given(text=texts)
@patient
def test_bytes_of_gpt2_are_the_bytes_of_the_text(text):
    assert b"".join(token.bytes for token in encode(gpt2(), text).tokens) == text.encode()


@given(text=texts.filter(lambda text: "▁" not in text and "<" not in text))
@patient
def test_bytes_of_a_byte_fallback_vocabulary_are_the_bytes_of_the_text_after_a_space(text):
    tokens = encode(byte_fallback_bpe(), text, add_special_tokens=False).tokens
    assert b"".join(token.bytes for token in tokens) == (b" " + text.encode() if text else b"")


@given(text=texts)
@patient
def test_bytes_of_a_wordpiece_are_those_of_the_text_it_covers(text):
    for token in encode(bert(), text).tokens:
        assert token.bytes == token.text.encode()


def test_inserted_tokens_are_special_and_cover_nothing():
    first, *_between, last = encode(bert(), "a").tokens
    for token in (first, last):
        assert (token.special, token.text, token.bytes, token.sequence) == (True, "", b"", None)


def test_a_special_token_typed_out_is_special_and_covers_its_text():
    token = encode(gpt2(), "a<|endoftext|>").tokens[1]
    assert (token.id, token.special, token.text, token.bytes) == (50256, True, "<|endoftext|>", b"<|endoftext|>")
    token = encode(byte_level_bpe(), "<r>  a").tokens[0]
    assert (token.token, token.special, token.text) == ("<r>", True, "<r>")


def test_an_unknown_piece_is_unknown_and_not_special():
    token = encode(bert(), "a 👍").tokens[2]
    assert (token.token, token.unknown, token.special, token.text) == ("[UNK]", True, False, "👍")
    token = encode(unigram(), "☃").tokens[-2]
    assert (token.token, token.unknown, token.bytes) == ("<unk>", True, "☃".encode())


def test_unk_typed_out_is_special_and_not_unknown():
    token = encode(bert(), "[UNK]").tokens[1]
    assert (token.special, token.unknown) == (True, False)


def test_tokens_of_one_emoji_share_their_text_but_not_their_bytes():
    tokens = encode(gpt2(), "👍").tokens
    assert [token.text for token in tokens] == ["👍", "👍"]
    assert [token.bytes for token in tokens] == [b"\xf0\x9f\x91", b"\x8d"]


def test_a_lone_surrogate_is_encoded_as_the_replacement_character():
    encoding = encode(gpt2(), "a\ud800b")
    assert encoding.sources[0].replaced_surrogates == 1
    assert b"".join(token.bytes for token in encoding.tokens).decode() == "a\ufffdb"


def test_a_text_over_the_limit_is_cut_and_says_so():
    encoding = encode(gpt2(), "ab " * 50_000)
    assert encoding.sources[0].cut_characters == 50_000
    assert encoding.tokens[-1].end == 100_000


def test_a_tokenizer_that_fails_is_reported_with_its_own_words():
    with pytest.raises(CannotEncode, match="UNK"):
        encode(Tokenizer(models.WordPiece({"a": 0}, unk_token="[UNK]")), "b")


@given(text=texts)
@patient
def test_gpt2_gives_every_text_back(text):
    assert measure(gpt2(), text).round_trip.lossless


def test_counts_leave_inserted_tokens_out():
    counts = measure(bert(), "I read a good novel.")
    assert (counts.tokens, counts.words, counts.characters, counts.bytes) == (6, 5, 20, 20)
    assert (counts.tokens_per_word, counts.bytes_per_token) == (6 / 5, 20 / 6)


def test_bytes_count_utf8_and_characters_code_points():
    counts = measure(gpt2(), "한국")
    assert (counts.characters, counts.bytes, counts.characters_per_token) == (2, 6, 2 / counts.tokens)


@pytest.mark.parametrize(
    ("text", "cause"),
    [("A good novel.", "case"), ("café", "letters"), ("나는", "letters"), ("a 👍", "unknown"), ("a  b", "spaces")],
)
def test_the_cause_of_a_loss_is_named(text, cause):
    assert measure(bert(), text).round_trip.cause == cause


def test_a_space_that_the_tokenizer_puts_first_is_no_lost_space():
    tokenizer = Tokenizer(models.Unigram([("<unk>", 0.0), ("▁a", -1.0), ("▁b", -1.0)], unk_id=0))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="never")
    found = measure(tokenizer, "a b").round_trip
    assert (found.decoded, found.cause) == (" a b", "first space")


def test_the_first_difference_of_a_lossy_round_trip_is_found():
    round_trip = measure(bert(), "a Café 👍").round_trip
    assert (round_trip.decoded, round_trip.first_difference, round_trip.lossless) == ("a cafe [UNK]", 2, False)


def test_a_text_that_comes_back_shorter_differs_where_it_ends():
    assert measure(bert(), "abc ").round_trip.first_difference == 3


def test_unknown_pieces_are_counted():
    assert measure(bert(), "👍 a 👍").unknown == 2


def test_nothing_has_no_ratios():
    counts = measure(gpt2(), "")
    assert (counts.tokens_per_word, counts.bytes_per_token, counts.characters_per_token) == (None, None, None)
