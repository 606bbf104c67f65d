"""Student's t and Holm's correction against numbers from elsewhere."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from components.attention.statistics import CONFIDENCE, holm, mean_difference, t_quantile, t_tail


@pytest.mark.parametrize("freedom", [1, 2, 3, 15, 16, 63])
def test_the_tail_of_students_t_is_the_incomplete_beta_function(freedom):
    for t in (-8.0, -0.5, 0.0, 0.3, 2.13, 6.0, 40.0):
        half = mpmath.betainc(freedom / 2, 0.5, 0, freedom / (freedom + t * t), regularized=True) / 2
        expected = float(half if t >= 0 else 1 - half)
        assert t_tail(np.asarray(t), freedom) == pytest.approx(expected, rel=1e-9), t


@pytest.mark.parametrize(("tail", "freedom", "tabled"), [(0.025, 15, 2.131), (0.025, 1, 12.706), (0.05, 11, 1.796)])
def test_the_quantile_is_that_of_the_tables(tail, freedom, tabled):
    assert t_quantile(tail, freedom) == pytest.approx(tabled, abs=5e-4)


def test_holm_multiplies_the_smallest_by_all_the_next_by_one_less_and_never_falls():
    assert holm(np.array([[0.01, 0.04], [0.03, 0.5]])) == pytest.approx(np.array([[0.04, 0.09], [0.09, 0.5]]))


def test_intervals_hold_the_true_mean_and_tests_reject_as_often_as_they_say():
    differences = np.random.default_rng(0).normal(size=(16, 20_000))
    found = mean_difference(differences)
    assert ((found.low <= 0) & (found.high >= 0)).mean() == pytest.approx(CONFIDENCE, abs=0.01)
    assert (found.p < 0.05).mean() == pytest.approx(0.05, abs=0.01)


def test_holm_keeps_the_chance_of_even_one_wrong_rejection():
    differences = np.random.default_rng(1).normal(size=(16, 500, 300))
    wrong = [holm(p).min() < 0.05 for p in mean_difference(differences).p]
    assert np.mean(wrong) < 0.08


def test_differences_that_are_all_alike_are_real_only_above_rounding():
    found = mean_difference(np.tile([0.0, 1e-9, 0.5], (4, 1)))
    assert found.p[0] == pytest.approx(0.5)
    assert found.p[1] > 0.4
    assert found.p[2] < 1e-9
