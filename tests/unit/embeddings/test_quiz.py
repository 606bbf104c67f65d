"""The lesson's question and its exercise."""

from __future__ import annotations

import numpy as np
import pytest

from components.embeddings.search import Bm25
from components.embeddings.views.lesson import ANSWERS, judge_attempt, nearest_answer
from components.ui.lesson import lesson

TEXTS = ["the red apple", "one pear", "a car", "some boat"]
ITEMS = np.eye(4)


def attempt(question, asked, wanted=0):
    return judge_attempt(question, wanted, items=ITEMS, asked=np.array([asked]), words=Bm25(TEXTS), metric="cosine")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_answers_are_those_of_the_lesson(lang):
    assert [option.answer for option in lesson("embeddings", lang).options] == [str(answer) for answer in ANSWERS]


@pytest.mark.parametrize(("cosine", "answer"), [(0.47, "0.5"), (-0.01, "0.0"), (0.88, "0.9"), (-0.3, "-0.5")])
def test_a_measured_cosine_is_the_nearest_answer(cosine, answer):
    assert nearest_answer(cosine) == answer


def test_an_attempt_without_a_common_word_among_the_first_is_right():
    found = attempt("fruit", [0.5, 0.6, 0.7, 0.1])
    assert (found.shared, found.rank, found.solved) == ((), 3, True)


def test_a_common_word_spoils_it():
    found = attempt("The fruit", [1.0, 0.0, 0.0, 0.0])
    assert (found.shared, found.rank, found.solved) == (("the",), 1, False)


def test_a_late_rank_is_not_enough():
    assert not attempt("fruit", [0.0, 0.6, 0.7, 0.1]).solved
