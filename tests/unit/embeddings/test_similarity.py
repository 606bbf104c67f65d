"""Spaces, scores and orders by hand; the cosines of all pairs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from components.embeddings.similarity import (
    METRICS,
    VECTORS,
    assign_ranks,
    centre,
    full_colour_range,
    higher_is_closer,
    order,
    pair_cosines,
    score,
    shared_part,
    space_of,
    unit,
)

RANDOM = np.random.default_rng(1)
ITEMS = RANDOM.normal(loc=2.0, size=(9, 7))
QUERIES = RANDOM.normal(loc=2.0, size=(3, 7))


CHANCE = np.random.default_rng(2)
CROWDED = CHANCE.normal(loc=1.5, size=(12, 6))


def test_cosine_is_torchs():
    expected = torch.nn.functional.cosine_similarity(torch.tensor(QUERIES)[:, None], torch.tensor(ITEMS)[None], dim=-1)
    np.testing.assert_allclose(score(ITEMS, QUERIES, "cosine"), expected.numpy(), atol=1e-12)


def test_distance_is_torchs():
    expected = torch.cdist(torch.tensor(QUERIES), torch.tensor(ITEMS))
    np.testing.assert_allclose(score(ITEMS, QUERIES, "euclidean"), expected.numpy(), atol=1e-12)


def test_dot_product_is_the_sum_of_products():
    expected = [[sum(a * b for a, b in zip(query, item, strict=True)) for item in ITEMS] for query in QUERIES]
    np.testing.assert_allclose(score(ITEMS, QUERIES, "dot"), expected, atol=1e-12)


def test_at_length_1_the_measures_agree():
    space = space_of(ITEMS, "unit")
    items, queries = space.of(ITEMS), space.of(QUERIES)
    cosines = score(items, queries, "cosine")
    np.testing.assert_allclose(score(items, queries, "dot"), cosines, atol=1e-12)
    np.testing.assert_allclose(score(items, queries, "euclidean") ** 2, 2 - 2 * cosines, atol=1e-12)


def test_centring_moves_items_and_questions_by_the_items_mean():
    space = space_of(ITEMS, "centred")
    np.testing.assert_allclose(space.of(QUERIES), unit(QUERIES - ITEMS.mean(axis=0)), atol=1e-12)


@pytest.mark.parametrize("kind", VECTORS)
def test_preparing_changes_no_input(kind):
    before = ITEMS.copy()
    space_of(ITEMS, kind).of(ITEMS)
    np.testing.assert_array_equal(ITEMS, before)


def test_a_vector_of_length_0_stays_0():
    np.testing.assert_array_equal(unit(np.zeros((2, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize("metric", METRICS)
def test_the_closest_comes_first(metric):
    items = np.array([[3.0, 0.0], [1.0, 1.0], [0.0, 3.0]])
    scores = score(items, np.array([[1.0, 0.1]]), metric)[0]
    found = order(scores, higher_first=higher_is_closer(metric))
    assert found == ([1, 0, 2] if metric == "euclidean" else [0, 1, 2])


@given(arrays(np.float64, st.integers(1, 12), elements=st.integers(0, 3)), st.booleans())
def test_ranks_are_a_stable_order_of_what_was_found(scores, higher_first):
    found = scores > 0
    ordered = order(scores, higher_first=higher_first, without=[0], found=found)
    expected = sorted(
        (place for place in range(1, len(scores)) if found[place]),
        key=lambda place: (-scores[place] if higher_first else scores[place], place),
    )
    assert ordered == expected
    given_ranks = assign_ranks(ordered, len(scores))
    assert [place for place, rank in enumerate(given_ranks) if rank is None] == sorted(
        set(range(len(scores))) - set(ordered)
    )
    assert sorted(rank for rank in given_ranks if rank) == list(range(1, len(ordered) + 1))


def test_every_pair_is_taken_once():
    expected = [
        float(torch.nn.functional.cosine_similarity(torch.tensor(a), torch.tensor(b), dim=0))
        for place, a in enumerate(CROWDED)
        for b in CROWDED[place + 1 :]
    ]
    np.testing.assert_allclose(pair_cosines(CROWDED).values, expected, atol=1e-12)


def test_the_average_follows_from_the_mean_of_the_unit_vectors():
    """Of n unit vectors with mean m the average cosine of two different ones is (n |m|² - 1) / (n - 1)."""
    directions = unit(CROWDED)
    share = shared_part(directions)
    assert share == pytest.approx(float((directions.mean(axis=0) ** 2).sum()))
    assert pair_cosines(CROWDED).mean == pytest.approx((12 * share - 1) / 11)


def test_centring_leaves_no_shared_part():
    assert shared_part(CROWDED) > 0.5
    assert shared_part(centre(CROWDED)) == pytest.approx(0, abs=1e-12)
    assert abs(pair_cosines(centre(CROWDED)).mean) < 0.2 < pair_cosines(CROWDED).mean


def test_equal_vectors_share_everything():
    same = np.ones((4, 3))
    assert shared_part(same) == pytest.approx(1)
    assert pair_cosines(same).mean == pytest.approx(1)
    assert shared_part(np.zeros((4, 3))) == 0


def test_the_colours_reach_to_what_lies_between_two_texts_and_0_is_in_the_middle_of_signed_scores():
    assert full_colour_range(np.array([[1.0, 0.2, 0.4], [0.2, 1.0, 0.3], [0.4, 0.3, 1.0]])) == (0.0, 0.4)
    assert full_colour_range(np.array([[1.0, -0.5], [-0.5, 1.0]])) == (-0.5, 0.5)
    assert full_colour_range(np.zeros((3, 3))) == (0.0, 1.0)


@pytest.mark.parametrize("higher_first", [True, False])
def test_rounding_of_the_model_decides_no_rank(higher_first):
    scores = np.array([0.5, 0.5 + 2e-10, 0.5 - 2e-10])
    assert order(scores, higher_first=higher_first) == [0, 1, 2]
