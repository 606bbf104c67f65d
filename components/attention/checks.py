"""What attention must be, whatever the model: averages over what the mask allows, one set of heads for every layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.attention.errors import HeadsUneven, LayersMissing, LooksWhereItMayNot, RowsDoNotSumToOne
from components.models.recording import Kind

MOST_ROW_ERROR: Final = 1e-5


def require_attention(
    kind: Kind,
    layer: int,
    weights: NDArray[np.float32],
    visible: NDArray[np.bool_],
    sink: NDArray[np.float32] | None = None,
) -> None:
    """Check one layer's `weights`, `[head, query, key]`, against `visible`, `[query, key]`.

    Parameters
    ----------
    sink
        `[head, query]`, what a sink beside the keys takes of a row; computed from its score, not from what is missing.

    Raises
    ------
    RowsDoNotSumToOne
        If a row, with its sink, misses 1 by more than `MOST_ROW_ERROR`, or holds something that is no number.
    LooksWhereItMayNot
        If a cell that the mask forbids is not exactly zero; in a decoder every later token is forbidden.
    """
    # Both sums as products with a vector: at 512 tokens ten times as fast as comparing cell by cell.
    sums = weights @ np.ones(weights.shape[-1], dtype=np.float32)
    off_by = float(np.abs(sums + (0.0 if sink is None else sink) - 1.0).max())
    if not off_by <= MOST_ROW_ERROR:  # also true of NaN, which compares to nothing
        raise RowsDoNotSumToOne(kind=kind, layer=layer, off_by=off_by)
    allowed = visible & np.tri(visible.shape[0], visible.shape[1], dtype=np.bool_) if kind == "decoder" else visible
    if allowed.all():
        return
    forbidden = (~allowed).astype(np.float32).ravel()
    # A softmax gives nothing below zero, so what sums to zero is zero everywhere.
    if (weights.reshape(weights.shape[0], -1) @ forbidden).any():
        raise LooksWhereItMayNot(kind=kind, layer=layer, weight=float((weights * ~allowed).max()))


def require_layers(kind: Kind, heads: Sequence[int], *, expected: int) -> None:
    """Check that there is one record a layer (`heads`: number of heads of each), all with as many heads.

    Raises
    ------
    LayersMissing
        If there are more or fewer.
    HeadsUneven
        If they differ in their number of heads: no array can hold them.
    """
    if len(heads) != expected:
        raise LayersMissing(kind=kind, recorded=len(heads), expected=expected)
    if len(set(heads)) > 1:
        raise HeadsUneven(heads=", ".join(map(str, heads)))
