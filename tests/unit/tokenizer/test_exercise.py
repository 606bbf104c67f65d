"""The lesson's question and exercises, judged by the tokenizers."""

from __future__ import annotations

import json
import tomllib

import pytest

from components.core.i18n import use
from components.models.registry import record
from components.tokenizer.exercise import FILE, examples, judge_noun, judge_word
from components.ui.guide.lesson import lesson
from tests.unit.tokenizer.zoo import bert, cut_by, e5, gpt2

MODELS = {"classroom-bert": bert, "classroom-e5-ko": e5}


@pytest.mark.parametrize("code", ["en", "ko"])
def test_the_size_of_the_vocabulary_in_the_lesson_is_the_real_one(code):
    reasons = " ".join(option.reason for option in lesson("tokenizer", code).predict.question.options)
    with use(code):
        asked = MODELS[examples().word_model]()
    assert f"{asked.get_vocab_size():,}" in reasons


@pytest.mark.parametrize("code", ["en", "ko"])
def test_a_question_is_about_a_model_that_has_learned_its_language(code):
    row = tomllib.loads(FILE.read_text("utf-8"))[code]
    for asked in (row["word"], row["spaced"]):
        assert code in record(asked["model"]).languages
        assert asked["text"] in str(lesson("tokenizer", code))


def korean():
    with use("ko"):
        return examples()


@pytest.mark.parametrize("noun", ["문제", " 시간 ", "나"])
def test_nouns_that_solve_the_korean_exercise(noun):
    assert judge_noun(noun, korean().particles, cut_by(e5())).solved
    assert noun.strip() in lesson("tokenizer", "ko").exercise.solution


@pytest.mark.parametrize("noun", ["소설", "영화", "닭"])
def test_nouns_that_do_not(noun):
    assert not judge_noun(noun, korean().particles, cut_by(e5())).solved


def test_the_particle_agrees_with_the_last_sound():
    asked = []

    def cut(text):
        asked.append(text)
        return cut_by(e5())(text)

    judge_noun("책", korean().particles, cut)
    judge_noun("나", korean().particles, cut)
    assert asked == ["책", "책은", "책을", "책의", "책에", "책도", "나", "나는", "나를", "나의", "나에", "나도"]


@pytest.mark.parametrize("text", ["", "novel", "큰 책", "ㅋㅋ", "책."])
def test_what_is_no_noun_in_hangul_is_not_judged(text):
    assert judge_noun(text, korean().particles, cut_by(e5())) is None


def test_the_korean_lesson_says_what_unigram_compares():
    """The card says that the longest piece at the beginning is not chosen."""
    scores = {piece: score for piece, score in vocabulary(e5())}
    assert [token.token for token in cut_by(e5())("박물관").tokens] == ["▁", "박물관"]
    assert "▁박물" not in scores
    assert "▁박물관" not in scores
    assert scores["▁"] + scores["박물관"] > scores["▁박"] + scores["물"] + scores["관"]


def test_gpt2_has_no_whole_syllable():
    """As the Korean lesson says of its 11,172 syllables."""
    syllables = [chr(code) for code in range(ord("가"), ord("힣") + 1)]
    assert len(syllables) == 11_172
    assert not any(len(encoded.ids) == 1 for encoded in gpt2().encode_batch(syllables))


def vocabulary(tokenizer):
    return json.loads(tokenizer.to_str())["model"]["vocab"]


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
