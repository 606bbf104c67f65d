"""Who pays more for the same sentence."""

from __future__ import annotations

from functools import partial

import pytest

from components.tokenizer.errors import NothingToCompare
from components.tokenizer.languages import NAMES, Sentence, bills, sentences
from components.tokenizer.measures import measure
from tests.unit.tokenizer.zoo import bert, gpt2


def test_the_sentences_are_those_the_page_can_name():
    assert tuple(sentence.name for sentence in sentences()) == NAMES
    assert sentences()[0].text == "I read a good novel."


def test_every_sentence_is_written_in_its_script():
    scripts = {"Korean": "HANGUL", "Japanese": "HIRAGANA", "Hindi": "DEVANAGARI", "Arabic": "ARABIC"}
    import unicodedata

    for sentence in sentences():
        if sentence.name in scripts:
            assert any(scripts[sentence.name] in unicodedata.name(character, "") for character in sentence.text)


def test_each_sentence_is_charged_in_tokens_of_the_first():
    first, second = bills(partial(measure, gpt2()), [Sentence("a", "one two"), Sentence("b", "one two three four")])
    assert (first.ratio, second.ratio) == (1, 2)


def test_with_gpt2_korean_costs_more_than_english():
    by_name = {bill.sentence.name: bill for bill in bills(partial(measure, gpt2()), sentences())}
    assert by_name["Korean"].ratio > 2
    assert by_name["Korean"].measures.tokens == len(gpt2().encode(by_name["Korean"].sentence.text).ids)


def test_a_first_sentence_without_tokens_is_refused():
    with pytest.raises(NothingToCompare):
        bills(partial(measure, bert()), [Sentence("nothing", " ")])
