"""Weights that are not attention are refused, and the reason is named."""

from __future__ import annotations

import numpy as np
import pytest

from components.attention.capture import MOST_ROW_ERROR, require_attention, require_layers
from components.attention.errors import HeadsUneven, LayersMissing, LooksWhereItMayNot, RowsDoNotSumToOne

ALL = np.ones((3, 3), dtype=bool)


def uniform():
    return np.full((2, 3, 3), 1 / 3, dtype=np.float32)


def causal():
    rows = np.tri(3, dtype=np.float32)
    return np.stack([rows / rows.sum(1, keepdims=True)] * 2)


def test_true_attention_passes():
    require_attention("encoder", 0, uniform(), ALL)
    require_attention("decoder", 0, causal(), np.tri(3, dtype=bool))


def test_a_row_that_misses_one_is_refused_with_its_layer():
    weights = uniform()
    weights[1, 2, 0] += 3 * MOST_ROW_ERROR
    with pytest.raises(RowsDoNotSumToOne, match="layer 4"):
        require_attention("encoder", 4, weights, ALL)


def test_a_rounding_error_passes():
    weights = uniform()
    weights[1, 2, 0] += MOST_ROW_ERROR / 3
    require_attention("encoder", 4, weights, ALL)


def test_weights_that_are_no_numbers_are_refused():
    weights = uniform()
    weights[0, 0, 0] = np.nan
    with pytest.raises(RowsDoNotSumToOne, match="nan"):
        require_attention("encoder", 0, weights, ALL)


def test_the_smallest_weight_on_a_later_token_is_refused_in_a_decoder():
    weights = causal()
    weights[0, 0, 2] = 1e-30
    with pytest.raises(LooksWhereItMayNot, match="e-30 on one"):
        require_attention("decoder", 0, weights, ALL)
    require_attention("encoder", 0, weights, ALL)


def test_a_weight_on_what_the_mask_hides_is_refused_in_an_encoder_too():
    visible = ALL.copy()
    visible[:, 1] = False
    with pytest.raises(LooksWhereItMayNot):
        require_attention("encoder", 0, uniform(), visible)


@pytest.mark.parametrize("recorded", [0, 2, 4])
def test_there_must_be_one_record_a_layer(recorded):
    with pytest.raises(LayersMissing, match=f"3 layers of encoder attention, but {recorded} were recorded"):
        require_layers("encoder", [12] * recorded, expected=3)


def test_layers_must_have_as_many_heads():
    with pytest.raises(HeadsUneven, match="12, 8"):
        require_layers("encoder", [12, 8], expected=2)
