"""What the board's colours mean."""

from __future__ import annotations

import numpy as np
import pytest

from components.inside.board import read_faces
from components.inside.lens import read_lens
from components.inside.reading import run
from components.ui.tensor_view.packing import LEVELS, quantise
from tests.unit.inside.networks import given


def test_the_colours_of_ranks_run_from_the_last_rank_to_the_first(network):
    """Their legend names ranks: with 0 and 1 it named nothing that is in a cell."""
    loaded = network("gpt2")
    done = run(loaded, given(loaded, "gpt2"))
    face = next(face for face in read_faces(done, read_lens(done, [20]), 20) if face.name == "rank")
    assert (face.lowest, face.highest) == (done.vocabulary, 1)
    levels = quantise(face.shades, face.lowest, face.highest)
    order = np.argsort(face.values.ravel())
    assert (np.diff(levels.ravel()[order].astype(int)) <= 0).all()
    expected = LEVELS * (1 - np.log(face.values) / np.log(done.vocabulary))
    assert levels == pytest.approx(expected, abs=0.51)


def test_the_colours_of_sizes_tell_small_ones_apart_beside_one_that_is_huge(network):
    """Some parts add thirty times as much at the first token as elsewhere: in proportion the rest was one colour."""
    loaded = network("gpt2")
    done = run(loaded, given(loaded, "gpt2"))
    found = read_lens(done, [20])
    found.added_norms[1, 0], found.added_norms[2, 1] = 1000 * found.added_norms.max(), 0.0
    face = next(face for face in read_faces(done, found, 20) if face.name == "added")
    sizes = np.where(face.values > 0, face.values, face.lowest)
    assert (face.lowest, face.highest) == (sizes.min(), sizes.max())
    levels = quantise(face.shades, face.lowest, face.highest)
    expected = LEVELS * np.log(sizes / face.lowest) / np.log(face.highest / face.lowest)
    assert levels == pytest.approx(expected, abs=0.51)
    assert not levels[0].any()  # the scores add nothing
    assert not face.fades  # a size is no reading of an early row by the last layer


def test_a_board_to_which_nothing_is_added_has_no_colours(network):
    loaded = network("gpt2")
    done = run(loaded, given(loaded, "gpt2"))
    found = read_lens(done, [20])
    found.added_norms[:] = 0.0
    face = next(face for face in read_faces(done, found, 20) if face.name == "added")
    assert not quantise(face.shades, face.lowest, face.highest).any()
