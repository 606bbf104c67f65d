"""Tokens grouped so that no character is ever shown in halves."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given

from components.core.visible import cluster_spans
from components.models.byte_alphabet import Spelling
from components.tokenizer.chips import (
    MOST_CHIPS,
    WIDTH_PX,
    draw_chips_svg,
    format_bytes,
    group_label,
    group_tokens,
    piece_label,
)
from components.tokenizer.encode import encode
from tests.unit.tokenizer.zoo import ZOO, bert, gpt2, patient, texts


@pytest.mark.parametrize("name", ZOO)
@given(text=texts, pair=texts)
@patient
def test_groups_hold_every_token_once_and_in_order(name, text, pair):
    encoding = encode(ZOO[name](), text, pair)
    assert tuple(token for group in group_tokens(encoding) for token in group.tokens) == encoding.tokens


@pytest.mark.parametrize("name", ZOO)
@given(text=texts)
@patient
def test_no_two_groups_share_a_cluster(name, text):
    encoding = encode(ZOO[name](), text)
    cluster_of = {
        position: number for number, (start, end) in enumerate(cluster_spans(text)) for position in range(start, end)
    }
    seen = set()
    for group in group_tokens(encoding):
        touched = {cluster_of[position] for position in range(group.start, group.end)}
        assert not touched & seen
        seen |= touched


@given(text=texts.filter(lambda text: "\ufffd" not in text))
@patient
def test_no_replacement_character_appears(text):
    assert "\ufffd" not in "".join(group.text for group in group_tokens(encode(gpt2(), text)))


@pytest.mark.parametrize(
    ("make", "text", "expected"),
    [
        (gpt2, "a👍b", [("a", 1), ("👍", 2), ("b", 1)]),
        (gpt2, "👨‍👩‍👧", [("👨‍👩‍👧", 10)]),
        (gpt2, "한국", [("한", 2), ("국", 3)]),
        (gpt2, "e\u0301!", [("e\u0301", 3), ("!", 1)]),
        (bert, "한국", [("한", 3), ("국", 3)]),
        (gpt2, "\r\n", [("\r\n", 2)]),
    ],
)
def test_characters_of_several_tokens_are_one_group(make, text, expected):
    groups = group_tokens(encode(make(), text, add_special_tokens=False))
    assert [(group.text, len(group.tokens)) for group in groups] == expected


def test_the_two_texts_of_a_pair_never_mix():
    groups = group_tokens(encode(gpt2(), "👍", "👍"))
    assert [(group.text, group.sequence) for group in groups] == [("👍", 0), ("👍", 1)]


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
    assert format_bytes(b"\x00\xff") == "00 FF"


SVG = "{http://www.w3.org/2000/svg}"


def drawn(tokenizer, text):
    return ElementTree.fromstring(draw_chips_svg(group_tokens(encode(tokenizer, text)), Spelling.of(tokenizer)))


@given(text=texts)
@patient
def test_any_text_gives_a_picture_that_can_be_read(text):
    assert drawn(gpt2(), text).tag == f"{SVG}svg"


def test_every_chip_has_its_label_and_its_ids():
    assert [element.text for element in drawn(bert(), "a <b>").iter(f"{SVG}text")] == [
        "[CLS]", "101", "a", "1037", "<", "1026", "b", "1038", ">", "1028", "[SEP]", "102",
    ]  # fmt: skip


def test_chips_stay_inside_the_picture_and_go_on_in_the_next_row():
    picture = drawn(gpt2(), "I read a good novel. " * 20)
    chips = list(picture.iter(f"{SVG}rect"))[1:]
    assert all(float(chip.get("x")) + float(chip.get("width")) <= WIDTH_PX for chip in chips)
    assert len({chip.get("y") for chip in chips}) > 1
    assert float(chips[-1].get("y")) < float(picture.get("height"))


def test_a_long_text_is_drawn_up_to_a_limit():
    assert len(list(drawn(gpt2(), "a " * 2_000).iter(f"{SVG}rect"))) == MOST_CHIPS + 1
