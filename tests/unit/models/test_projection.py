"""The map, against the eigenvectors of the covariance matrix."""

from __future__ import annotations

import numpy as np
import pytest

from components.models.projection import project

RANDOM = np.random.default_rng(3)
VECTORS = RANDOM.normal(size=(20, 6)) * np.array([5.0, 3.0, 1.0, 0.5, 0.2, 0.1]) + 4


def test_directions_and_shares_are_those_of_the_covariance():
    values, vectors = np.linalg.eigh(np.cov(VECTORS, rowvar=False))
    drawn = project(VECTORS)
    for number in range(2):
        expected = vectors[:, -1 - number]
        assert abs(float(drawn.directions[number] @ expected)) == pytest.approx(1)
        assert drawn.explained[number] == pytest.approx(values[-1 - number] / values.sum())


def test_other_vectors_are_placed_as_the_drawn_ones_are():
    drawn = project(VECTORS)
    np.testing.assert_allclose(drawn.place(VECTORS), drawn.points, atol=1e-12)


def test_the_map_does_not_flip():
    drawn = project(VECTORS)
    farthest = np.abs(drawn.points).argmax(axis=0)
    assert (drawn.points[farthest, [0, 1]] > 0).all()
    turned = project(VECTORS[::-1])
    np.testing.assert_allclose(turned.points[::-1], drawn.points, atol=1e-9)


def test_equal_vectors_fall_on_one_point():
    drawn = project(np.ones((4, 3)))
    np.testing.assert_allclose(drawn.points, np.zeros((4, 2)))
    assert drawn.explained == (0, 0)
