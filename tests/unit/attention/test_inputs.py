"""Texts become tokens tied to their place, whatever the text; what does not fit is cut visibly."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from components.models.errors import NothingToRead
from components.models.inputs import MOST_CHARACTERS, MOST_TOKENS, Cut, mask_id, read, special_ids, token_limit
from tests.unit.attention.architectures import build, load

HOSTILE = [
    "",
    "\x00",
    "👩‍👩‍👧",
    "مرحبا",
    "e\u0301" * 3,
    "\ud800",
    "</script><img src=x onerror=alert(1)>",
    "a" * 5_000,
    "\ufeff",
]


def words(count, start=0):
    return " ".join(f"w{(start + i) % 90}" for i in range(count))


def test_tokens_cover_their_place_in_the_text():
    text, pair = "w3 w4", "w5"
    tokens = read(load("bert"), text, pair).tokens
    assert [t.piece for t in tokens] == ["[CLS]", "w3", "w4", "[SEP]", "w5", "[SEP]"]
    assert [t.special for t in tokens] == [True, False, False, True, False, True]
    assert [t.segment for t in tokens] == [0, 0, 0, 0, 1, 1]
    assert [t.word for t in tokens] == [0, 1, 2, 3, 4, 5]
    for token in tokens:
        source = (text, pair)[token.segment]
        assert token.text == (token.piece if token.start is None else source[token.start : token.end])


def test_a_mask_is_not_special_because_it_stands_for_a_word():
    loaded = load("bert")
    tokens = read(loaded, "w1 [MASK] w2").tokens
    assert [t.special for t in tokens] == [True, False, False, False, True]
    assert tokens[2].id == mask_id(loaded.tokenizer)
    assert mask_id(loaded.tokenizer) not in special_ids(loaded.tokenizer)


def test_the_type_ids_are_those_of_the_tokenizer():
    assert read(load("bert"), "w1", "w2 w3").type_ids == (0, 0, 0, 1, 1, 1)


def test_a_text_that_fits_is_not_cut():
    given = read(load("bert"), words(MOST_TOKENS - 2))
    assert len(given.tokens) == MOST_TOKENS
    assert given.cut is None


def test_a_long_text_loses_its_end_but_not_its_special_tokens_and_says_so():
    given = read(load("bert"), words(600))
    assert len(given.tokens) == MOST_TOKENS
    assert given.tokens[-1].piece == "[SEP]"
    assert given.tokens[-2].piece == f"w{509 % 90}"
    assert given.cut == Cut(tokens=602, kept=512, characters=0, limit_of_model=True)


def test_of_a_pair_the_longer_text_is_cut():
    given = read(load("bert"), words(700), "w1 w2")
    assert [t.piece for t in given.tokens[-4:]] == ["[SEP]", "w1", "w2", "[SEP]"]
    assert len(given.tokens) == MOST_TOKENS


def test_more_characters_than_are_read_are_counted():
    text = words(MOST_CHARACTERS)
    assert read(load("gpt2"), text).cut.characters == len(text) - MOST_CHARACTERS


@pytest.mark.parametrize(
    ("name", "expected"),
    [("bert", (512, True)), ("roberta", (511, True)), ("llama", (512, False)), ("t5", (512, False))],
)
def test_the_limit_is_the_models_own_or_the_pages(name, expected):
    assert token_limit(load(name)) == expected


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert", "gpt2"])
def test_the_model_can_read_as_many_as_the_limit_says_and_no_more(name):
    loaded = load(name)
    loaded.model.config.max_position_embeddings = 20
    model = type(loaded.model)(loaded.model.config).eval()
    longest, _ = token_limit(replace(loaded, model=model))
    model(input_ids=torch.full((1, longest), 7))
    with pytest.raises((IndexError, RuntimeError)):
        model(input_ids=torch.full((1, longest + 1), 7))


def test_a_text_without_a_token_is_refused():
    with pytest.raises(NothingToRead):
        read(load("gpt2"), " ")


@pytest.mark.real_model
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_the_embedded_tokenizers(text, classroom_bert, classroom_gpt2):
    for loaded in (classroom_bert, classroom_gpt2):
        try:
            given = read(loaded, text)
        except NothingToRead:
            assert loaded is classroom_gpt2
            assert text == ""
            continue
        assert 0 < len(given.tokens) <= MOST_TOKENS
        assert all(token.text for token in given.tokens)


@pytest.mark.real_model
@given(text=st.text(alphabet=st.characters(), max_size=60), pair=st.none() | st.text(max_size=20))
def test_tokens_of_any_text_stand_in_order_and_words_never_go_back(text, pair, classroom_bert):
    tokens = read(classroom_bert, text, pair).tokens
    for before, after in pairwise(tokens):
        assert before.segment <= after.segment
        assert after.word - before.word in (0, 1)
        if before.end is not None and after.start is not None and before.segment == after.segment:
            assert before.start <= after.start


def test_a_model_shorter_than_the_page_sets_the_limit():
    loaded = load("gpt2")
    loaded.model.config.n_positions = 16
    given = read(loaded, words(20))
    assert given.cut == Cut(tokens=20, kept=16, characters=0, limit_of_model=True)


def test_building_twice_gives_the_same_weights():
    first, second = build("bert").state_dict(), build("bert").state_dict()
    assert all((first[name] == second[name]).all() for name in first)
