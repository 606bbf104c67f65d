"""The cosines of all pairs, and the identities between them and the mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from components.embeddings.isotropy import centred, pair_cosines, shared_part
from components.embeddings.space import unit

RANDOM = np.random.default_rng(2)
VECTORS = RANDOM.normal(loc=1.5, size=(12, 6))


def test_every_pair_is_taken_once():
    expected = [
        float(torch.nn.functional.cosine_similarity(torch.tensor(a), torch.tensor(b), dim=0))
        for place, a in enumerate(VECTORS)
        for b in VECTORS[place + 1 :]
    ]
    np.testing.assert_allclose(pair_cosines(VECTORS).values, expected, atol=1e-12)


def test_the_average_follows_from_the_mean_of_the_unit_vectors():
    """Of n unit vectors with mean m the average cosine of two different ones is (n |m|² - 1) / (n - 1)."""
    directions = unit(VECTORS)
    share = shared_part(directions)
    assert share == pytest.approx(float((directions.mean(axis=0) ** 2).sum()))
    assert pair_cosines(VECTORS).mean == pytest.approx((12 * share - 1) / 11)


def test_centring_leaves_no_shared_part():
    assert shared_part(VECTORS) > 0.5
    assert shared_part(centred(VECTORS)) == pytest.approx(0, abs=1e-12)
    assert abs(pair_cosines(centred(VECTORS)).mean) < 0.2 < pair_cosines(VECTORS).mean


def test_equal_vectors_share_everything():
    same = np.ones((4, 3))
    assert shared_part(same) == pytest.approx(1)
    assert pair_cosines(same).mean == pytest.approx(1)
    assert shared_part(np.zeros((4, 3))) == 0
