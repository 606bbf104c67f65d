"""Every character of a text can be seen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b", "a·b"),
        ("a\tb\n", "a⇥b↵"),
        ("\r\n", "↵"),
        ("\0\x1b\x7f", "⟨NUL⟩⟨ESC⟩⟨DEL⟩"),
        ("\xa0\u200b\ufeff", "⟨NBSP⟩⟨ZWSP⟩⟨BOM⟩"),
        ("\u3000", "⟨U+3000⟩"),
        ("\u202eabc", "⟨RLO⟩abc"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("\u200d", "⟨ZWJ⟩"),
        (" \u0301", "·◌\u0301"),
        ("\u0301", "◌\u0301"),
        ("e\u0301", "e\u0301"),
        ("한국어", "한국어"),
        ("", ""),
    ],
)
def test_what_is_shown(text, shown):
    assert visible(text) == shown


@given(st.text(st.characters(categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1))
def test_nothing_unseen_is_left_of_controls_and_spaces(text):
    shown = visible(text)
    assert shown
    assert not any(unicodedata.category(character) in ("Cc", "Zs", "Zl", "Zp") for character in shown)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_of_letters_and_digits_is_left_alone(text):
    plain = "".join(character for character in text if character.isascii() and character.isalnum())
    assert visible(plain) == plain
