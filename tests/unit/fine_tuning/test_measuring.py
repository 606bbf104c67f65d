"""Measures against numbers worked out by hand."""

import math

import numpy as np
import pytest

from components.fine_tuning.measures import (
    Head,
    accuracy,
    count_answers,
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
