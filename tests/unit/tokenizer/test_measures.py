"""Counts over a text, and whether it comes back."""

from __future__ import annotations

from hypothesis import given

from components.tokenizer.measures import measure
from tests.unit.tokenizer.zoo import bert, gpt2, patient, texts


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
