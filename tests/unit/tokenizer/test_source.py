"""Texts made safe to encode, with a note of what was changed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from components.core.source_text import Source, readable

any_text = st.text(st.characters())


@given(any_text)
def test_what_comes_out_can_be_written_in_utf8(text):
    readable(text).text.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_without_surrogates_is_left_alone(text):
    assert readable(text) == Source(text)


def test_a_lone_surrogate_is_replaced_and_counted():
    assert readable("a\ud800b\ufffd") == Source("a\ufffdb\ufffd", replaced_surrogates=1)


def test_a_pair_of_surrogates_becomes_its_character():
    assert readable("\ud83d\ude00") == Source("😀")


def test_a_long_text_is_cut_and_counted():
    assert readable("abcdef", most_characters=4) == Source("abcd", cut_characters=2)
