"""A visitor's texts made safe: to encode, with a note of what was changed, and inside Markdown."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core.text import Source, escape_markdown, sanitize
from components.core.visible import visible, visible_piece

any_text = st.text(st.characters())


@given(any_text)
def test_what_comes_out_can_be_written_in_utf8(text):
    sanitize(text).text.encode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_text_without_surrogates_is_left_alone(text):
    assert sanitize(text) == Source(text)


def test_a_lone_surrogate_is_replaced_and_counted():
    assert sanitize("a\ud800b\ufffd") == Source("a\ufffdb\ufffd", replaced_surrogates=1)


def test_a_pair_of_surrogates_becomes_its_character():
    assert sanitize("\ud83d\ude00") == Source("😀")


def test_a_long_text_is_cut_and_counted():
    assert sanitize("abcdef", most_characters=4) == Source("abcd", cut_characters=2)


# what Markdown, Streamlit's own directives and KaTeX read as something else than text
ACTIVE = set("\\`*_{}[]()<>#+-.!|~$:=&^\"'")


@given(st.text())
def test_escaped_text_holds_nothing_active_and_loses_nothing(text):
    escaped = escape_markdown(text)
    unescaped = re.sub(r"\\(.)", r"\1", escaped, flags=re.DOTALL)
    assert unescaped == text.replace("\n", " ")
    for before, character in zip(" " + escaped, escaped, strict=False):
        if character in ACTIVE - {"\\"}:
            assert before == "\\", escaped


@pytest.mark.parametrize("text", ["한글과 日本語", "né … „x“ – 🙂", "ﷺ\u202e\u0301"])
def test_letters_of_every_script_stay_as_they_are(text):
    """Markdown shows a backslash before anything but ASCII punctuation."""
    assert escape_markdown(text) == text


@given(st.text(alphabet="a\\`*_[](){}<>:$\n"))
def test_a_backslash_of_the_visitor_cannot_undo_an_escape(text):
    escaped = escape_markdown(text)
    runs = re.findall(r"(\\*)([`*\[\]<>:$])", escaped)
    assert all(len(backslashes) % 2 == 1 for backslashes, _character in runs)


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


def test_a_piece_of_a_vocabulary_shows_its_space_like_every_other_text():
    assert visible_piece("▁좋다") == visible(" 좋다") == "·좋다"
    assert visible_piece("##ing") == "##ing"
