"""The exported figure of the board."""

from __future__ import annotations

import numpy as np
import pytest

from components.inside.pictures import MOST_DRAWN_TOKENS, draw_board_svg, name_part_drawn
from components.ui.tensor_view.packing import Face


@pytest.mark.parametrize(("tokens", "note"), [(64, ""), (65, " (tokens 0 to 63)")])
def test_a_picture_of_a_part_says_which_part_it_is(tokens, note):
    values = np.zeros((2, tokens))
    face = Face("rank", "its rank", values, values, 0.0, 1.0, (), "", 0)
    labels = [f"t{place}" for place in range(tokens)]
    drawn = draw_board_svg(face, title=name_part_drawn("A board", tokens), rows=["one", "two"], columns=labels)
    assert f"A board{note}<" in drawn
    assert ("t63<" in drawn, "t64<" in drawn) == (True, False)
    assert drawn.count("<rect") - 1 == 2 * min(tokens, MOST_DRAWN_TOKENS)
