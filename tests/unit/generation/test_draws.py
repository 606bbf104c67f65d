"""Counts against theory: the statistic, its probability, and that a wrong sampler is caught."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.generation.draws import LEAST_EXPECTED_COUNT, chi_square, chi_square_tail, draw

FAIR = np.full(6, 1 / 6)


# Critical values of the usual printed tables.
@pytest.mark.parametrize(
    ("statistic", "freedom", "tail"),
    [
        (3.841, 1, 0.05),
        (6.635, 1, 0.01),
        (5.991, 2, 0.05),
        (18.307, 10, 0.05),
        (43.773, 30, 0.05),
        (124.342, 100, 0.05),
    ],
)
def test_the_tail_is_that_of_the_tables(statistic, freedom, tail):
    assert chi_square_tail(statistic, freedom) == pytest.approx(tail, rel=2e-3)


@given(st.floats(0.001, 200), st.integers(1, 40))
def test_for_even_degrees_the_tail_is_a_poisson_sum(statistic, half):
    mean = statistic / 2
    expected = sum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(half))
    assert chi_square_tail(statistic, 2 * half) == pytest.approx(expected, rel=1e-7)


def test_a_worked_die():
    test = chi_square(np.array([5, 8, 9, 8, 10, 20]), FAIR)
    assert test.statistic == pytest.approx(13.4)
    assert (test.degrees_of_freedom, test.cells, test.pooled_tokens) == (5, 6, 0)
    assert test.p_value == pytest.approx(0.0199, abs=1e-4)


def test_the_same_seed_draws_the_same():
    first, again, other = (draw(FAIR, times=50, seed=seed) for seed in (7, 7, 8))
    assert first.ids.tolist() == again.ids.tolist() != other.ids.tolist()
    assert first.counts.sum() == 50


def test_counts_from_the_distribution_pass_and_from_another_do_not():
    skewed = np.array([0.3, 0.2, 0.2, 0.1, 0.1, 0.1])
    values = [chi_square(draw(skewed, times=500, seed=seed).counts, skewed).p_value for seed in range(200)]
    # Under the theory p-values are uniform: about one in twenty below 0.05, and their mean near a half.
    assert 2 <= sum(value < 0.05 for value in values) <= 20
    assert 0.4 < np.mean(values) < 0.6
    assert chi_square(draw(skewed, times=500, seed=0).counts, FAIR).p_value < 1e-6


@given(st.integers(0, 10_000), st.integers(2, 300), st.integers(20, 1000))
def test_no_cell_expects_less_than_five(seed, size, times):
    probability = np.random.default_rng(seed).dirichlet(np.full(size, 0.2))
    test = chi_square(draw(probability, times=times, seed=seed).counts, probability)
    assert test.cells * LEAST_EXPECTED_COUNT <= times + 1e-9
    assert test.cells == test.degrees_of_freedom + 1
    assert (test.p_value is None) == (test.cells == 1)
    assert 0 <= (1 if test.p_value is None else test.p_value) <= 1


def test_rare_tokens_share_a_cell():
    probability = np.array([0.5, 0.4, 0.02, 0.02, 0.03, 0.03])
    test = chi_square(np.array([50, 40, 2, 2, 3, 3]), probability)
    assert (test.cells, test.pooled_tokens, test.statistic) == (3, 4, pytest.approx(0))


def test_a_single_possible_token_can_not_be_off():
    test = chi_square(np.array([30, 0]), np.array([1.0, 0.0]))
    assert (test.statistic, test.p_value) == (0.0, None)


def test_a_token_that_was_cut_must_not_come():
    test = chi_square(np.array([29, 1]), np.array([1.0, 0.0]))
    assert (test.statistic, test.p_value) == (math.inf, 0.0)
