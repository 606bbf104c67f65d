"""Non-maximum suppression against its definition, for any boxes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from components.catalog.segment.everything import survivors
from tests.unit.catalog.plain_nms import plain_nms

CORNERS = arrays(np.int64, st.tuples(st.integers(1, 12), st.just(4)), elements=st.integers(0, 9))


def boxes_of(corners):
    """Right and bottom lie past left and top, or on them: a box may be empty."""
    return np.concatenate([corners[:, :2], corners[:, :2] + corners[:, 2:]], axis=1).astype(float)


@given(CORNERS, st.data())
def test_what_stays_is_what_the_definition_keeps(corners, data):
    boxes = boxes_of(corners)
    scores = np.array(data.draw(st.permutations(range(len(boxes)))), float)
    for most_shared in (0.0, 0.3, 0.7):
        assert survivors(boxes, scores, most_shared) == plain_nms(boxes.tolist(), scores.tolist(), most_shared)


def test_of_equal_scores_the_first_stays():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [50, 50, 60, 60]], float)
    assert survivors(boxes, np.ones(3), 0.7) == [0, 2]


@pytest.mark.parametrize(("most_shared", "stay"), [(0.79, [1]), (0.8, [1, 0]), (0.81, [1, 0])])
def test_up_to_the_limit_both_stay(most_shared, stay):
    boxes = np.array([[0, 0, 8, 10], [0, 0, 10, 10]], float)  # an IoU of exactly 0.8
    assert survivors(boxes, np.array([0.1, 0.9]), most_shared) == stay


def test_nothing_stays_of_nothing():
    assert survivors(np.zeros((0, 4)), np.zeros(0), 0.7) == []
