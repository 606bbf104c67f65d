"""Measures of a search, by hand and against every possible shuffle."""

from __future__ import annotations

from itertools import permutations

import pytest

from components.embeddings.quality import (
    Quality,
    by_chance,
    measured,
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
    assert measured([[0, 1, 2, 3], [3, 2, 1, 0]], [[0], [0]]) == Quality(recall=0.5, reciprocal_rank=(1 + 1 / 4) / 2)


@pytest.mark.parametrize("right", [[0], [0, 3], [1, 2, 4]])
def test_chance_is_the_mean_over_all_shuffles(right):
    shuffles = list(permutations(range(5)))
    expected = measured(shuffles, [right] * len(shuffles))
    found = by_chance(5, [right])
    assert found.recall == pytest.approx(expected.recall)
    assert found.reciprocal_rank == pytest.approx(expected.reciprocal_rank)


def test_same_theme_looks_at_five_neighbours_and_counts_missing_ones_as_wrong():
    themes = ["a", "a", "a", "b"]
    assert same_theme([[1, 2, 3], [0, 2, 3], [], [0, 1, 2]], themes) == (2 + 2) / 20


def test_same_theme_by_chance_is_the_share_of_pairs():
    assert same_theme_by_chance(["a", "a", "b"]) == pytest.approx(2 / 6)
