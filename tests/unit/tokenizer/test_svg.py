"""The picture of the tokens."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given

from components.models.byte_alphabet import Spelling
from components.tokenizer.encode import encode
from components.tokenizer.graphemes import group_tokens
from components.tokenizer.svg import MOST_CHIPS, WIDTH_PX, chips_svg
from tests.unit.tokenizer.zoo import bert, gpt2, patient, texts

SVG = "{http://www.w3.org/2000/svg}"


def drawn(tokenizer, text):
    return ElementTree.fromstring(chips_svg(group_tokens(encode(tokenizer, text)), Spelling.of(tokenizer)))


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
