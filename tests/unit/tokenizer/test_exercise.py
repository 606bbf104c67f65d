"""The lesson's question and exercises, judged by the tokenizers."""

from __future__ import annotations

import pytest

from components.tokenizer.exercise import judge_word
from components.ui.guide.lesson import lesson
from tests.unit.tokenizer.zoo import bert, cut_by, gpt2


@pytest.mark.parametrize("code", ["en", "ko"])
def test_the_size_of_the_vocabulary_in_the_lesson_is_the_real_one(code):
    reasons = " ".join(option.reason for option in lesson("tokenizer", code).predict.question.options)
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
