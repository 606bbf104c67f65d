"""The lesson's question and exercises, judged by the tokenizers."""

from __future__ import annotations

import pytest

from components.tokenizer.exercise import cut_predict_word, judge_sentence, judge_word
from components.ui.lesson import lesson
from tests.unit.tokenizer.zoo import bert, cut_by, gpt2


@pytest.mark.parametrize("code", ["en", "ko"])
def test_the_answer_is_among_the_options_of_the_lesson(code):
    assert str(len(cut_predict_word(cut_by(bert())))) in [option.answer for option in lesson("tokenizer", code).options]


@pytest.mark.parametrize("code", ["en", "ko"])
def test_the_size_of_the_vocabulary_in_the_lesson_is_the_real_one(code):
    reasons = " ".join(option.reason for option in lesson("tokenizer", code).options)
    assert f"{bert().get_vocab_size():,}" in reasons


@pytest.mark.parametrize("word", ["cryptocurrency", " seamless ", "reliably"])
def test_words_that_solve_the_puzzle(word):
    attempt = judge_word(word, bert=cut_by(bert()), gpt2=cut_by(gpt2()))
    assert attempt.solved
    assert attempt.gpt2 == (f"Ġ{word.strip()}",)


@pytest.mark.parametrize("word", ["novel", "unaffable", "👍", "seamless novel", ""])
def test_words_that_do_not(word):
    assert not judge_word(word, bert=cut_by(bert()), gpt2=cut_by(gpt2())).solved


def test_an_unknown_word_is_not_a_split_one():
    attempt = judge_word("👍", bert=cut_by(bert()), gpt2=cut_by(gpt2()))
    assert attempt.unknown


def test_the_sentence_needs_ten_words_and_more_than_25_tokens():
    assert judge_sentence("unaffable " * 10, cut_by(bert())).solved
    assert not judge_sentence("unaffable " * 9, cut_by(bert())).solved
    assert not judge_sentence("a " * 10, cut_by(bert())).solved
    assert judge_sentence("I read a good novel.", cut_by(bert())).tokens == 6
