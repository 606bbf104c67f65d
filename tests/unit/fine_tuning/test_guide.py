"""One new word that turns the answer: what counts and what does not."""

import numpy as np
import pytest

from components.fine_tuning.examples import Example
from components.fine_tuning.views.guide import judge_pair

TRAINING = [Example("The film is a gift.", "good"), Example("The film isn’t Good.", "bad")]
TURNED = np.array([[0.9, 0.1], [0.2, 0.8]])
SAME = np.array([[0.9, 0.1], [0.8, 0.2]])


def test_one_new_word_that_turns_the_answer_solves_it():
    attempt = judge_pair("A fabulous film.", "A ghastly FILM!", TRAINING, TURNED)
    assert attempt.changed == ("fabulous", "ghastly")
    assert attempt.solved


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A fabulous film.", "A truly ghastly film."),
        ("A fabulous film.", "A fabulous film"),
        ("A fabulous day.", "A ghastly film."),
        ("", "ghastly"),
    ],
)
def test_anything_but_one_word_does_not(first, second):
    attempt = judge_pair(first, second, TRAINING, TURNED)
    assert attempt.changed is None
    assert not attempt.solved


def test_a_word_of_a_training_text_does_not_count_however_it_is_written():
    attempt = judge_pair("It is GOOD", "It is ghastly", TRAINING, TURNED)
    assert attempt.known == ("good",)
    assert not attempt.solved
    assert judge_pair("It isn’t bad", "It was bad", TRAINING, TURNED).known == ("isn’t",)


@pytest.mark.parametrize(
    ("learned", "written"),
    [
        ("정말 좋아요.", "좋았어요"),
        ("이야기가 지루해요.", "지루했어요"),
        ("재미있어요.", "재밌어요"),
        ("좋다!", "좋다"),
    ],
)
def test_another_form_of_a_korean_word_does_not_count_either(learned, written):
    attempt = judge_pair(f"영화가 {written}.", "영화가 엉망이에요.", [Example(learned, "긍정")], TURNED)
    assert attempt.changed == (written, "엉망이에요")
    assert attempt.known == (learned.split()[-1].strip(".!"),)
    assert not attempt.solved
    assert judge_pair("영화가 신나요.", "영화가 엉망이에요.", [Example(learned, "긍정")], TURNED).solved


def test_the_same_answer_twice_does_not_solve_it():
    attempt = judge_pair("A fabulous film.", "A ghastly film.", TRAINING, SAME)
    assert not attempt.turned
    assert not attempt.solved
