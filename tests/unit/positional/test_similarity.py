import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from components.positional.similarity import (
    ASKED_PAIRS,
    EXERCISE_SIMILARITY,
    compare_positions,
    cosine_similarity,
    exercise_pair,
    first_rise,
    rank_asked_pairs,
    summarize_by_offset,
)
from components.positional.sinusoidal import sinusoidal
from components.ui.guide.lesson import lesson


def test_cosine_agrees_with_pytorch():
    import torch

    table = np.random.default_rng(0).normal(size=(9, 5))
    torch_table = torch.from_numpy(table)
    theirs = torch.nn.functional.cosine_similarity(torch_table[:, None], torch_table[None], dim=-1)
    np.testing.assert_allclose(cosine_similarity(table), theirs, atol=1e-12)


def test_a_row_of_zeros_is_like_nothing_and_warns_of_nothing():
    similarity = cosine_similarity(np.array([[1.0, 0.0], [0.0, 0.0]]))
    np.testing.assert_array_equal(similarity, [[1, 0], [0, 0]])


@given(arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=6), elements=st.floats(-1e3, 1e3)))
def test_similarity_is_symmetric_and_within_one(table):
    similarity = cosine_similarity(table)
    np.testing.assert_allclose(similarity, similarity.T, atol=1e-12)
    assert np.abs(similarity).max() <= 1 + 1e-9


@pytest.mark.parametrize("size", [5e-324, 1e-160, 1e160])
def test_the_angle_does_not_depend_on_the_size_of_the_numbers(size):
    table = np.array([[1.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(cosine_similarity(table * size), cosine_similarity(table), rtol=1e-12)


def test_offsets_are_read_along_the_diagonals():
    profile = summarize_by_offset(np.array([[1.0, 2.0, 9.0], [0.0, 1.0, 4.0], [0.0, 0.0, 1.0]]))
    np.testing.assert_array_equal(profile.mean, [1, 3, 9])
    np.testing.assert_array_equal(profile.spread, [0, 2, 0])


def test_a_rise_is_found_at_its_upper_end_and_rounding_is_none():
    assert first_rise(np.array([1.0, 0.5, 0.4, 0.6, 0.7])) == 3
    assert first_rise(np.array([1.0, 0.5, 0.5 + 1e-15])) is None
    assert first_rise(np.array([1.0])) is None


CONCEPT = "positional"


def test_similarity_is_the_cosine_of_the_two_rows():
    table = cosine_similarity(sinusoidal(d_model=64, length=50, base=300).matrix)
    assert compare_positions(3, 47, d_model=64, base=300).similarity == pytest.approx(table[3, 47])


def test_the_pair_furthest_apart_is_the_most_alike():
    """What makes the question worth asking: who answers by distance is wrong."""
    best = rank_asked_pairs()[0]
    assert best.second - best.first == max(second - first for first, second in ASKED_PAIRS)


@pytest.mark.parametrize("code", ["en", "ko"])
def test_the_lesson_offers_exactly_these_pairs(code):
    [question] = [card.question for card in lesson(CONCEPT, code).steps if card.question.check == "pairs"]
    offered = [tuple(map(int, re.findall(r"\d+", option.answer))) for option in question.options]
    assert sorted(offered) == sorted(ASKED_PAIRS)


def test_the_exercise_is_not_solved_by_the_default_but_can_be():
    assert exercise_pair(d_model=128, base=10_000).similarity < EXERCISE_SIMILARITY
    assert exercise_pair(d_model=2, base=10_000).similarity > EXERCISE_SIMILARITY


def test_the_exercise_has_more_than_one_solution():
    # d_model = 4 and a slow wave of seven times the fast one's length: 44 positions are one turn of it.
    assert exercise_pair(d_model=4, base=49).similarity > EXERCISE_SIMILARITY
    assert np.isclose(44 / 7, 2 * np.pi, atol=0.01)
