"""What stands beside a pattern for each token."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.attention.token_labels import MOST_LABEL_CHARACTERS, label, numbered, token_labels
from components.models.inputs import Token


def token(piece, text):
    return Token(id=0, piece=piece, text=text, start=0, end=1, special=False, segment=0, word=0)


@pytest.mark.parametrize(
    ("piece", "text", "shown"),
    [
        ("cafe", "Café", "cafe"),
        ("##able", "able", "##able"),
        ("Ġnovel", " novel", "·novel"),
        ("Ċ", "\n", "↵"),
        ("ìĦľ", "서", "서"),
        ("▁good", "good", "good"),
        ("[CLS]", "[CLS]", "[CLS]"),
    ],
)
def test_a_token_is_shown_as_its_model_knows_it_or_as_the_text_it_covers(piece, text, shown):
    assert token_labels([token(piece, text)]) == [shown]


@given(st.text(max_size=60))
def test_no_label_holds_a_character_that_acts_instead_of_showing(text):
    shown = label(text)
    assert len(shown) <= MOST_LABEL_CHARACTERS
    assert not {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}


def test_a_long_token_is_cut_with_a_mark():
    assert label("a" * 50) == "a" * (MOST_LABEL_CHARACTERS - 1) + "…"


def test_equal_labels_become_different():
    assert numbered(["the", "the"]) == ["0 the", "1 the"]
