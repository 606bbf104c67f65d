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
