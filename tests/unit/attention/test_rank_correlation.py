"""Rank correlations with what a handful of tokens can say about them."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from components.attention.statistics import (
    FEWEST_FOR_INTERVAL,
    RESAMPLES,
    correlate,
    mean_ranks,
    rank_correlations,
)
from components.core.intervals import SEED


def rows(count, *, seed, share=0.0):
    random = np.random.default_rng(seed)
    first = random.normal(size=count)
    return np.array([first, share * first + (1 - share) * random.normal(size=count)])


def test_the_p_value_of_a_few_tokens_is_that_of_all_their_orders():
    few = rows(6, seed=3, share=0.6)
    measured = correlate(mean_ranks(few))[0, 1]
    every = [correlate(mean_ranks(np.array([few[0], few[1][list(order)]])))[0, 1] for order in permutations(range(6))]
    expected = np.mean([abs(other) >= abs(measured) - 1e-9 for other in every])
    assert rank_correlations(few).p_value[0, 1] == pytest.approx(expected)


def test_unrelated_ranks_are_found_significant_as_often_as_the_level_says():
    found = [rank_correlations(rows(12, seed=seed)).p_value[0, 1] for seed in range(200)]
    assert 0.02 < np.mean(np.array(found) < 0.05) < 0.09


def test_a_resample_is_ranked_as_if_its_things_stood_there():
    tied = np.round(rows(9, seed=5, share=0.5), 1)
    drawn = np.random.default_rng(SEED).integers(0, 9, (RESAMPLES, 9))
    expected = [correlate(mean_ranks(tied[:, which]))[0, 1] for which in drawn]
    found = rank_correlations(tied)
    assert (found.low[0, 1], found.high[0, 1]) == pytest.approx(tuple(np.quantile(expected, [0.025, 0.975])))


def test_the_interval_of_a_sentence_is_wide_and_that_of_many_tokens_narrow():
    sentence, book = (rank_correlations(rows(count, seed=1, share=0.5)) for count in (14, 400))
    for found in (sentence, book):
        assert found.low[0, 1] <= found.spearman[0, 1] <= found.high[0, 1]
    assert sentence.high[0, 1] - sentence.low[0, 1] > 0.4
    assert book.high[0, 1] - book.low[0, 1] < 0.2


def test_too_few_tokens_give_no_interval_but_still_a_p_value():
    found = rank_correlations(rows(FEWEST_FOR_INTERVAL - 1, seed=0))
    assert np.isnan(found.low).all()
    assert 0 < found.p_value[0, 1] <= 1


def test_a_row_that_ranks_all_alike_has_nothing_beside_it():
    found = rank_correlations(np.array([np.ones(8), np.arange(8.0)]))
    for matrix in (found.spearman, found.low, found.high, found.p_value):
        assert np.isnan(matrix[0, 1])
        assert np.isfinite(matrix[1, 1])


def test_values_that_rounding_alone_may_part_share_their_rank():
    exact = np.array([[0.5, 0.5, 0.2, 0.1, 0.0], [0.1, 0.2, 0.3, 0.4, 0.5]])
    rounded = exact + np.array([[1e-7, -1e-7, 1e-7, 0.0, -1e-7], [0.0] * 5])
    assert mean_ranks(rounded)[0].tolist() == [4.5, 4.5, 3.0, 2.0, 1.0]
    for name in ("spearman", "low", "high", "p_value"):
        np.testing.assert_array_equal(
            getattr(rank_correlations(rounded), name), getattr(rank_correlations(exact), name)
        )
