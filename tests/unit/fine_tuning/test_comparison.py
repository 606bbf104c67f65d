"""Intervals and the paired test against their definitions, and what the lesson says of the shipped reviews."""

from __future__ import annotations

from itertools import product
from math import sqrt

import pytest

from components.fine_tuning.measures import Comparison, compare, estimate_interval


def by_enumeration(gained, lost):
    """Give each of the texts to either side in every possible way, and count the splits at least as uneven."""
    splits = [abs(sum(each)) for each in product((1, -1), repeat=gained + lost)]
    return sum(split >= abs(gained - lost) for split in splits) / len(splits)


@pytest.mark.parametrize(("gained", "lost"), [(9, 3), (3, 9), (6, 6), (5, 0), (0, 1), (7, 2)])
def test_the_p_value_counts_all_splits_that_are_as_uneven(gained, lost):
    assert Comparison(gained, lost).p == pytest.approx(by_enumeration(gained, lost))


def test_classifiers_that_never_differ_are_not_told_apart():
    assert Comparison(0, 0).p == 1


def test_nine_against_three_can_be_chance_and_ten_against_one_hardly():
    assert Comparison(9, 3).p == pytest.approx(0.146, abs=0.0005)
    assert not Comparison(9, 3).is_sure
    assert Comparison(10, 1).is_sure


def test_only_texts_on_which_the_two_differ_count():
    assert compare([True, True, False, False, False], [True, False, True, True, False]) == Comparison(gained=2, lost=1)


@pytest.mark.parametrize(("right", "of"), [(84, 102), (1, 20), (10, 20)])
def test_the_bounds_are_where_the_share_is_just_not_too_far_away(right, of):
    share = right / of
    found = estimate_interval([True] * right + [False] * (of - right))
    for bound in (found.low, found.high):
        assert abs(share - bound) == pytest.approx(1.959964 * sqrt(bound * (1 - bound) / of), rel=1e-5)
    assert found.low < share < found.high


@pytest.mark.parametrize("of", [1, 12])
def test_nothing_wrong_in_a_few_texts_is_not_perfection(of):
    found = estimate_interval([True] * of)
    assert found.high == 1
    assert found.low < 0.8
