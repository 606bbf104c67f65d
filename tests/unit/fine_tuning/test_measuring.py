"""Measures against numbers worked out by hand."""

from __future__ import annotations

import math
from itertools import product
from math import sqrt

import numpy as np
import pytest

from components.fine_tuning.measures import (
    Comparison,
    Head,
    accuracy,
    compare,
    count_answers,
    estimate_interval,
    loss_nats,
    majority,
    mark_right,
    nearest_means,
)

SHARES = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4], [0.3, 0.7]])
CLASSES = (0, 1, 1, 0)


def test_the_head_is_a_product_and_a_softmax():
    head = Head(np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([0.0, 1.0]))
    [row] = head.probabilities(np.array([[3.0, 1.0]], dtype=np.float32))
    assert row == pytest.approx([0.5, 0.5])  # both scores are 3
    [row] = head.probabilities(np.array([[1.0, 1.0]], dtype=np.float32))
    assert row[1] == pytest.approx(math.e**3 / (math.e + math.e**3))


def test_large_scores_do_not_overflow():
    head = Head(np.array([[1000.0], [-1000.0]]), np.zeros(2))
    assert head.probabilities(np.array([[5.0]])).tolist() == [[1.0, 0.0]]


def test_accuracy_confusion_and_loss():
    assert accuracy(SHARES, CLASSES) == 0.5
    assert count_answers(SHARES, CLASSES) == ((1, 1), (1, 1))
    assert loss_nats(SHARES, CLASSES) == pytest.approx(-(math.log(0.9 * 0.8 * 0.4 * 0.3)) / 4)


def test_rows_of_the_confusion_are_what_is_true():
    shares = np.array([[0.1, 0.9, 0.0]] * 3 + [[0.0, 0.1, 0.9]])
    assert count_answers(shares, (0, 0, 1, 1)) == ((0, 2, 0), (0, 1, 1), (0, 0, 0))


def test_the_majority_is_that_of_training():
    assert majority((0, 0, 1), (1, 1, 1, 0)) == 0.25
    assert majority((1, 1, 0), (1, 1, 1, 0)) == 0.75
    assert majority((1, 0), (0, 0, 1)) == pytest.approx(2 / 3), "of equals the first"


def test_the_nearest_mean_by_hand():
    training = np.array([[0.0, 0.0], [2.0, 0.0], [10.0, 0.0], [12.0, 0.0]])  # means 1 and 11
    held_out = np.array([[5.9, 0.0], [6.1, 0.0], [0.0, 5.0]])
    assert nearest_means(training, (0, 0, 1, 1), held_out) == (0, 1, 0)
    assert mark_right((0, 1, 0), (0, 1, 1)) == (True, True, False)


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
