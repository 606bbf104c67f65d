"""A shift by k positions as one matrix: PE(position + k) = R_k PE(position), for every position.

For sinusoids R_k is known. Each sine-cosine pair is a hand of a clock, and k positions turn it by k times its
frequency, wherever it stood:

    sin(w(p + k)) =  cos(wk) sin(wp) + sin(wk) cos(wp)
    cos(w(p + k)) = -sin(wk) sin(wp) + cos(wk) cos(wp)

For a learned table nobody knows such a matrix, so the best one there can be is fitted. If even that one
misses, there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.positional.settings import FloatArray, Layout, check_within
from components.positional.sinusoidal import pair_dimensions, pair_frequencies


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A matrix that should move every position `offset` places on, and how well it does.

    Attributes
    ----------
    offset
        k, in positions.
    matrix
        R_k, `[dimension, dimension]`.
    error
        Largest difference between R_k PE(position) and PE(position + k) over all positions and dimensions, as
        a share of the largest entry of the table (which is 1 for sinusoids).
    orthogonality_error
        Largest entry of R_k R_k^T - identity: a rotation changes no length and no angle.
    """

    offset: int
    matrix: FloatArray
    error: float
    orthogonality_error: float


def rotation_matrix(offset: int, *, d_model: int, base: float, layout: Layout) -> FloatArray:
    """R_k of the sinusoids: `[dimension, dimension]`, a 2 x 2 rotation for each pair, zeros elsewhere."""
    angle = offset * pair_frequencies(d_model, base=base)
    sine, cosine = pair_dimensions(d_model, layout)
    matrix = np.zeros((d_model, d_model))
    matrix[sine, sine] = matrix[cosine, cosine] = np.cos(angle)
    matrix[sine, cosine] = np.sin(angle)
    matrix[cosine, sine] = -np.sin(angle)
    return matrix


def best_rotation(table: FloatArray, offset: int) -> FloatArray:
    """Orthogonal matrix that comes nearest to moving every row of `table` `offset` rows on.

    The orthogonal Procrustes problem (Schönemann 1966): with U S V^T the singular value decomposition of
    sum over p of PE(p + k) PE(p)^T, the minimum of the squared error is at U V^T.
    """
    _check_offset(table, offset)
    left, _, right = np.linalg.svd(table[offset:].T @ table[: len(table) - offset])
    return np.asarray(left @ right)


def shift(table: FloatArray, offset: int, *, matrix: FloatArray) -> Shift:
    """Apply `matrix` `[dimension, dimension]` to every row of `table`; compare with the row `offset` further.

    Raises
    ------
    OutOfBounds
        The offset leaves no pair of positions to compare.
    """
    _check_offset(table, offset)
    moved = table[: len(table) - offset] @ matrix.T
    largest = float(np.abs(table).max())
    error = float(np.abs(moved - table[offset:]).max())
    return Shift(
        offset=offset,
        matrix=matrix,
        error=error / largest if largest else error,
        orthogonality_error=float(np.abs(matrix @ matrix.T - np.eye(len(matrix))).max()),
    )


def _check_offset(table: FloatArray, offset: int) -> None:
    check_within("offset", offset, low=0, high=len(table) - 1)
