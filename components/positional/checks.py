"""Which claims are made about which scheme, and all of them checked at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.positional.claims import (
    Claim,
    depends_on_offset,
    dot_depends_on_offset,
    norm_is_constant,
    shift_is_rotation,
    similarity_is_not_monotone,
    turning_keeps_length,
    wavelengths_are_geometric,
)
from components.positional.rotary import random_vectors, rotary_scores
from components.positional.rotation import Shift, best_rotation, rotation_matrix, shift
from components.positional.schemes import Encoding
from components.positional.settings import FloatArray, Layout


@dataclass(frozen=True, kw_only=True)
class Checks:
    """The claims about one table.

    Attributes
    ----------
    claims
        In the order they are taught.
    shift
        The matrix that moves each position on, and its error; None for ALiBi, which has no vectors to move.
    fitted
        Whether that matrix had to be fitted to the table, because no formula gives it.
    """

    claims: tuple[Claim, ...]
    shift: Shift | None
    fitted: bool


def check(encoding: Encoding, *, offset: int, base: float, layout: Layout) -> Checks:
    """Check what is said about a scheme on its own numbers.

    Parameters
    ----------
    encoding
        The table.
    offset
        By how many positions to shift, less than the table has.
    base, layout
        What a computed table was computed with; what a learned one is read with, when waves are looked for in it.
    """
    table = encoding.matrix
    if encoding.scheme == "alibi":
        claim = depends_on_offset(encoding.closeness.T, code="bias_offset")
        return Checks(claims=(claim,), shift=None, fitted=False)
    fitted = encoding.scheme == "learned"
    moved = shift(table, offset, matrix=_shift_matrix(encoding, offset, base=base, layout=layout))
    if encoding.scheme == "rotary":
        first: tuple[Claim, ...] = _rotary_claims(table, base=base, layout=layout)
    else:
        first = (norm_is_constant(table), dot_depends_on_offset(table))
    waves = () if encoding.scheme == "rotary" else (wavelengths_are_geometric(table, base=base, layout=layout),)
    last = similarity_is_not_monotone(encoding.by_offset.mean)
    return Checks(claims=(*first, shift_is_rotation(moved), *waves, last), shift=moved, fitted=fitted)


def _shift_matrix(encoding: Encoding, offset: int, *, base: float, layout: Layout) -> FloatArray:
    if encoding.scheme == "learned":
        return best_rotation(encoding.matrix, offset)
    # The rotary table has cosine before sine, so the same turn has the opposite sign.
    turn = -offset if encoding.scheme == "rotary" else offset
    return rotation_matrix(turn, d_model=encoding.matrix.shape[1], base=base, layout=layout)


def _rotary_claims(table: FloatArray, *, base: float, layout: Layout) -> tuple[Claim, Claim]:
    """Check turning on a query and a key that have nothing in common: a special pair could hide a mistake."""
    query, key = random_vectors(table.shape[1], seed=0)
    scores = rotary_scores(query, key, length=len(table), base=base, layout=layout)
    return (
        turning_keeps_length(scores.rotated_query, before=float(np.linalg.norm(query))),
        depends_on_offset(scores.scores, code="turned_offset"),
    )
