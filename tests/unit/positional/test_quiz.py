import re
from pathlib import Path

import numpy as np
import pytest

from components.positional import quiz
from components.positional.similarity import cosine_similarity
from components.positional.sinusoidal import sinusoidal
from components.ui.lesson import lesson

CONCEPT = Path(quiz.__file__).parent.name


def test_similarity_is_the_cosine_of_the_two_rows():
    table = cosine_similarity(sinusoidal(d_model=64, length=50, base=300).matrix)
    assert quiz.compare(3, 47, d_model=64, base=300).similarity == pytest.approx(table[3, 47])


def test_the_pair_furthest_apart_is_the_most_alike():
    """What makes the question worth asking: who answers by distance is wrong."""
    best = quiz.predicted_pairs()[0]
    assert best.second - best.first == max(second - first for first, second in quiz.PREDICT_PAIRS)


@pytest.mark.parametrize("code", ["en", "ko"])
def test_the_lesson_offers_exactly_these_pairs(code):
    offered = [tuple(map(int, re.findall(r"\d+", option.answer))) for option in lesson(CONCEPT, code).options]
    assert sorted(offered) == sorted(quiz.PREDICT_PAIRS)


def test_the_exercise_is_not_solved_by_the_default_but_can_be():
    assert quiz.exercise_pair(d_model=128, base=10_000).similarity < quiz.EXERCISE_SIMILARITY
    assert quiz.exercise_pair(d_model=2, base=10_000).similarity > quiz.EXERCISE_SIMILARITY


def test_the_exercise_has_more_than_one_solution():
    # d_model = 4 and a slow wave of seven times the fast one's length: 44 positions are one turn of it.
    assert quiz.exercise_pair(d_model=4, base=49).similarity > quiz.EXERCISE_SIMILARITY
    assert np.isclose(44 / 7, 2 * np.pi, atol=0.01)
