"""Measures of a search, by hand and against every possible shuffle."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from components.embeddings.quality import (
    Mean,
    averaged,
    by_chance,
    by_question,
    recall,
    reciprocal_rank,
    same_theme,
    same_theme_by_chance,
)


def test_recall_counts_the_right_ones_among_the_first_three():
    assert recall([5, 1, 2, 3], [1]) == 1
    assert recall([5, 1, 2, 3], [3]) == 0
    assert recall([5, 1, 2, 3], [1, 3]) == 0.5


def test_reciprocal_rank_looks_at_the_first_right_one_only():
    assert reciprocal_rank([5, 1, 2, 3], [3, 1]) == 0.5
    assert reciprocal_rank([5, 1], [4]) == 0
    assert reciprocal_rank([], [4]) == 0


def test_measured_is_the_mean_over_questions():
    found = averaged(by_question([[0, 1, 2, 3], [3, 2, 1, 0]], [[0], [0]]))
    assert (found.recall.mean, found.reciprocal_rank.mean) == (0.5, (1 + 1 / 4) / 2)


@pytest.mark.parametrize("right", [[0], [0, 3], [1, 2, 4]])
def test_chance_is_the_mean_over_all_shuffles(right):
    shuffles = list(permutations(range(5)))
    expected = averaged(by_question(shuffles, [right] * len(shuffles)))
    found = by_chance(5, [right])
    assert found.recall.mean == pytest.approx(expected.recall.mean)
    assert found.reciprocal_rank.mean == pytest.approx(expected.reciprocal_rank.mean)
    assert found.recall.interval is None, "chance is exact"


def test_an_interval_holds_the_true_mean_about_as_often_as_it_says():
    """Of 400 samples of 24 questions; the percentile interval of so few is known to be a little too narrow."""
    chance = np.random.default_rng(7)
    draws = chance.random((400, 24, 2)) < 0.4
    found = [averaged(draw.astype(float)).recall.interval for draw in draws]
    assert 0.9 < np.mean([low <= 0.4 <= high for low, high in found]) < 0.97


def test_an_interval_is_the_same_each_time():
    values = np.random.default_rng(1).random((24, 2))
    assert averaged(values) == averaged(values.copy())


def test_questions_that_all_came_out_alike_have_no_interval():
    assert averaged(np.array([[1.0, 0.5], [1.0, 1.0]])).recall == Mean(1.0, None)


def test_a_difference_is_taken_question_by_question():
    """Two searches that rise and fall together differ by less than their own intervals are wide."""
    first = np.tile([[0.0, 0.0], [1.0, 1.0]], (12, 1))
    second = first - 0.1
    second[0] -= 0.1
    low, high = averaged(first - second).recall.interval
    assert high - low < 0.02
    assert np.ptp(averaged(first).recall.interval) > 0.3


def test_same_theme_looks_at_five_neighbours_and_counts_missing_ones_as_wrong():
    themes = ["a", "a", "a", "b"]
    assert same_theme([[1, 2, 3], [0, 2, 3], [], [0, 1, 2]], themes) == (2 + 2) / 20


def test_same_theme_by_chance_is_the_share_of_pairs():
    assert same_theme_by_chance(["a", "a", "b"]) == pytest.approx(2 / 6)
