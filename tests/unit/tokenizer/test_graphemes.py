"""Tokens grouped so that no character is ever shown in halves."""

from __future__ import annotations

import pytest
from hypothesis import given

from components.core.visible import cluster_spans
from components.tokenizer.encode import encode
from components.tokenizer.graphemes import group_tokens
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
