"""Where several tokenizers cut the same text differently."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given

from components.tokenizer.compare import NAMES, Sentence, Span, bill_sentences, compare, read_sentences
from components.tokenizer.encode import measure
from components.tokenizer.errors import NothingToCompare
from tests.unit.tokenizer.zoo import ZOO, bert, cut_by, gpt2, patient, texts, unigram


def compared(tokenizers, text):
    return compare({name: cut_by(tokenizer)(text) for name, tokenizer in tokenizers.items()})


BOTH = {"bert": bert(), "gpt2": gpt2()}


def test_spaces_do_not_count_as_disagreement():
    comparison = compared(BOTH, "I read a good novel.")
    assert all(span.agreed for span in comparison.spans)
    assert not any(any(row.disputed) for row in comparison.rows)


def test_a_word_cut_differently_is_marked_between_the_common_cuts():
    comparison = compared(BOTH, "so unaffable.")
    assert comparison.spans == (Span(0, 2, True), Span(3, 12, False), Span(12, 13, True))
    cut = {row.name: [group.text for group in row.groups] for row in comparison.rows}
    assert cut == {"bert": ["so", "una", "ffa", "ble", "."], "gpt2": ["so", " unaff", "able", "."]}
    disputed = {row.name: row.disputed for row in comparison.rows}
    assert disputed == {"bert": (False, True, True, True, False), "gpt2": (False, True, True, False)}


@given(text=texts)
@patient
def test_a_tokenizer_agrees_with_itself(text):
    comparison = compared({"one": gpt2(), "other": gpt2()}, text)
    assert all(span.agreed for span in comparison.spans)


@given(text=texts)
@patient
def test_spans_cover_exactly_what_is_not_space(text):
    comparison = compared({**BOTH, "unigram": unigram()}, text)
    covered = [position for span in comparison.spans for position in range(span.start, span.end)]
    assert covered == [position for position, character in enumerate(text) if not character.isspace()]


@given(text=texts)
@patient
def test_order_does_not_matter(text):
    swapped = dict(reversed(BOTH.items()))
    assert compared(BOTH, text).spans == compared(swapped, text).spans


@pytest.mark.parametrize("count", [0, 1, 6])
def test_two_to_five_can_be_compared(count):
    with pytest.raises(ValueError, match="2 to 5"):
        compared({str(number): gpt2() for number in range(count)}, "x")


def test_five_at_once():
    chosen = {name: ZOO[name]() for name in ("bert", "gpt2", "unigram", "wordlevel", "e5")}
    assert [row.name for row in compared(chosen, "a novel").rows] == list(chosen)


def test_the_sentences_are_those_the_page_can_name():
    assert tuple(sentence.name for sentence in read_sentences()) == NAMES
    assert read_sentences()[0].text == "I read a good novel."


def test_every_sentence_is_written_in_its_script():
    scripts = {"Korean": "HANGUL", "Japanese": "HIRAGANA", "Hindi": "DEVANAGARI", "Arabic": "ARABIC"}
    import unicodedata

    for sentence in read_sentences():
        if sentence.name in scripts:
            assert any(scripts[sentence.name] in unicodedata.name(character, "") for character in sentence.text)


def test_each_sentence_is_charged_in_tokens_of_the_first():
    first, second = bill_sentences(
        partial(measure, gpt2()), [Sentence("a", "one two"), Sentence("b", "one two three four")]
    )
    assert (first.ratio, second.ratio) == (1, 2)


def test_with_gpt2_korean_costs_more_than_english():
    by_name = {bill.sentence.name: bill for bill in bill_sentences(partial(measure, gpt2()), read_sentences())}
    assert by_name["Korean"].ratio > 2
    assert by_name["Korean"].measures.tokens == len(gpt2().encode(by_name["Korean"].sentence.text).ids)


def test_a_first_sentence_without_tokens_is_refused():
    with pytest.raises(NothingToCompare):
        bill_sentences(partial(measure, bert()), [Sentence("nothing", " ")])
