"""The text is cut so that the pieces, put together, are the text: the browser needs no offsets."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.ui.token_chips import Chip, _pieces


def chip(start: int | None, end: int | None) -> Chip:
    return Chip("x", (1,), start, end)


def joined(pieces: list[dict[str, object]]) -> str:
    return "".join(str(piece["text"]) for piece in pieces)


@st.composite
def texts_with_chips(draw: st.DrawFn) -> tuple[str, list[Chip]]:
    """Any text, cut into tokens with gaps between them, special tokens among them."""
    text = draw(st.text(st.characters(), max_size=40))  # astral characters and lone surrogates too
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    chips = [chip(start, end) for start, end in pairwise(cuts) if draw(st.booleans())]
    for place in draw(st.lists(st.integers(0, len(chips)), max_size=3)):
        chips.insert(place, Chip("[CLS]", (0,), None, None, special=True))
    return text, chips


@given(texts_with_chips())
def test_the_pieces_put_together_are_the_text(case):
    text, chips = case
    assert joined(_pieces(text, chips, complete=True)) == text


@given(texts_with_chips())
def test_a_piece_of_a_chip_is_what_its_offsets_say(case):
    text, chips = case
    for piece in _pieces(text, chips, complete=True):
        if piece["chip"] is not None:
            owner = chips[piece["chip"]]
            assert piece["text"] == text[owner.start : owner.end]
            assert piece["text"]


@pytest.mark.parametrize("text", ["a🙂b", "👨‍👩‍👧 x", "né", "\ud83d\ude42", "한글 "])
def test_characters_beyond_the_basic_plane_stay_whole(text):
    chips = [chip(index, index + 1) for index in range(len(text))]
    pieces = _pieces(text, chips, complete=True)
    assert [piece["text"] for piece in pieces] == list(text)
    assert [piece["chip"] for piece in pieces] == list(range(len(text)))


def test_the_gaps_belong_to_no_chip():
    assert _pieces("ab cd!", [chip(0, 2), chip(3, 5)], complete=True) == [
        {"text": "ab", "chip": 0},
        {"text": " ", "chip": None},
        {"text": "cd", "chip": 1},
        {"text": "!", "chip": None},
    ]


def test_chips_of_one_character_share_its_piece():
    assert _pieces("한", [chip(0, 1), chip(0, 1), chip(0, 1)], complete=True) == [{"text": "한", "chip": 0}]


def test_what_lies_beyond_the_last_chip_shown_is_left_out():
    assert joined(_pieces("ab" * 1000, [chip(0, 2)], complete=False)) == "ab …"


def test_no_chips_leave_the_text():
    assert _pieces("abc", [], complete=True) == [{"text": "abc", "chip": None}]
    assert _pieces("", [], complete=True) == []
