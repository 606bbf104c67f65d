"""What is said about position encodings, each claim checked on the numbers of the table on the page.

The checks take any table `[position, dimension]`, so that they can come out false: a learned table obeys none
of the exact ones. Tolerances are for float64 rounding only (positions up to 512, up to 1,024 dimensions:
errors stay below 1e-11), so "holds" means "holds exactly".

The shift and the wavelengths follow Vaswani et al. 2017, section 3.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from components.positional.rotary import random_vectors, rotary_scores
from components.positional.schemes import Encoding
from components.positional.settings import FloatArray, Layout, check_within
from components.positional.similarity import first_rise, summarize_by_offset
from components.positional.sinusoidal import pair_dimensions, pair_frequencies

ClaimCode = Literal[
    "norm", "offset", "rotation", "wavelengths", "not_monotone", "turned_norm", "turned_offset", "bias_offset"
]

ROUNDING_TOLERANCE: Final = 1e-9
# A wavelength is read from an angle as small as 1e-6 radians, which float64 knows to about 1e-10 of its size.
WAVELENGTH_TOLERANCE: Final = 1e-6


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One statement and what the numbers say about it.

    Attributes
    ----------
    code
        Which statement.
    holds
        True or false; None where these numbers cannot decide it (a longer table could).
    measured
        What was measured; NaN where nothing could be.
    expected
        What the formula says it is.
    error
        How far the measurement is from the statement, relative to the size of the numbers.
    tolerance
        The largest error that still counts as true.
    """

    code: ClaimCode
    holds: bool | None
    measured: float
    expected: float
    error: float
    tolerance: float


def norm_is_constant(table: FloatArray) -> Claim:
    """Every position vector has the length sqrt(d / 2): sin^2 + cos^2 = 1 in each of the d / 2 pairs."""
    expected = float(np.sqrt(table.shape[1] / 2))
    norms = np.linalg.norm(table, axis=1)
    worst = float(norms[np.abs(norms - expected).argmax()])
    error = abs(worst - expected) / expected
    return Claim(
        code="norm",
        holds=error <= ROUNDING_TOLERANCE,
        measured=worst,
        expected=expected,
        error=error,
        tolerance=ROUNDING_TOLERANCE,
    )


def dot_depends_on_offset(table: FloatArray) -> Claim:
    """PE(p) . PE(p + k) is the same for every p: it is the sum over pairs of cos(w k), without p in it."""
    return depends_on_offset(table @ table.T, code="offset")


def depends_on_offset(values: FloatArray, *, code: ClaimCode) -> Claim:
    """A matrix `[position, position]` has one value on each diagonal from the main one to the upper right corner."""
    size = float(np.abs(values).max())
    # Offset 0 of a table is its squared norm: that is another claim, and would fail this one for the wrong reason.
    spread = float(summarize_by_offset(values).spread[1:].max())
    error = spread / size if size else 0.0
    return Claim(
        code=code,
        # Two positions make one pair: there is nothing to disagree with.
        holds=None if len(values) <= 2 else error <= ROUNDING_TOLERANCE,
        measured=spread,
        expected=0.0,
        error=error,
        tolerance=ROUNDING_TOLERANCE,
    )


def turning_keeps_length(turned: FloatArray, *, before: float) -> Claim:
    """A query `[position, dimension]` is at every position as long as it was before it was turned."""
    norms = np.linalg.norm(turned, axis=1)
    worst = float(norms[np.abs(norms - before).argmax()])
    error = abs(worst - before) / before
    return Claim(
        code="turned_norm",
        holds=error <= ROUNDING_TOLERANCE,
        measured=worst,
        expected=before,
        error=error,
        tolerance=ROUNDING_TOLERANCE,
    )


def shift_is_rotation(shift: Shift) -> Claim:
    """One matrix moves every position k places on, and it is a rotation."""
    error = max(shift.error, shift.orthogonality_error)
    return Claim(
        code="rotation",
        holds=error <= ROUNDING_TOLERANCE,
        measured=shift.error,
        expected=0.0,
        error=error,
        tolerance=ROUNDING_TOLERANCE,
    )


def wavelengths_from_table(table: FloatArray, *, layout: Layout) -> FloatArray:
    """Wavelength of each pair as the table itself shows it: `[pair]`, in positions.

    Each pair is read as a hand (cos, sin) on a dial; 2 pi over its mean turn from one position to the next is
    its wavelength. Needs no formula of frequencies, so it can contradict one.
    """
    sine, cosine = pair_dimensions(table.shape[1], layout)
    hand = table[:, cosine] + 1j * table[:, sine]  # [position, pair]
    turn = np.angle(hand[1:] * hand[:-1].conj()).mean(axis=0)
    with np.errstate(divide="ignore"):
        return np.asarray(2 * np.pi / turn)


def longest_wavelength(d_model: int, *, base: float) -> float:
    """2 pi base^((d - 2) / d), in positions.

    Often given as 2 pi base, which is never reached: the exponent of the last pair is (d - 2) / d, not 1.
    """
    return float(2 * np.pi * base ** ((d_model - 2) / d_model))


def wavelengths_are_geometric(table: FloatArray, *, base: float, layout: Layout) -> Claim:
    """Wavelengths grow by a constant factor from 2 pi to 2 pi base^((d - 2) / d)."""
    d_model = table.shape[1]
    found = wavelengths_from_table(table, layout=layout)
    stated = np.geomspace(2 * np.pi, longest_wavelength(d_model, base=base), d_model // 2)
    with np.errstate(invalid="ignore"):
        error = float(np.max(np.abs(found - stated) / stated))
    return Claim(
        code="wavelengths",
        holds=error <= WAVELENGTH_TOLERANCE,
        measured=float(found[-1]),
        expected=float(stated[-1]),
        error=error,
        tolerance=WAVELENGTH_TOLERANCE,
    )


def similarity_is_not_monotone(similarity: FloatArray) -> Claim:
    """Similarity `[offset]` does not fall steadily with distance: from some offset on it rises again.

    `measured` is the first offset at which it rises. A table too short to show a rise decides nothing.
    """
    rise = first_rise(similarity)
    return Claim(
        code="not_monotone",
        holds=None if rise is None else True,
        measured=float("nan") if rise is None else float(rise),
        expected=float("nan"),
        error=0.0,
        tolerance=0.0,
    )


@dataclass(frozen=True, kw_only=True)
class Shift:
    """A matrix that should move every position `offset` places on, and how well it does.

    For sinusoids it is known. Each sine-cosine pair is the hand of a clock, and k positions turn it by k times its
    frequency, from every position:

        sin(w(p + k)) =  cos(wk) sin(wp) + sin(wk) cos(wp)
        cos(w(p + k)) = -sin(wk) sin(wp) + cos(wk) cos(wp)

    For a learned table no formula gives such a matrix, so the best one is fitted. If even that one misses, there is
    none.

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


def measure_shift(table: FloatArray, offset: int, *, matrix: FloatArray) -> Shift:
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


def check_claims(encoding: Encoding, *, offset: int, base: float, layout: Layout) -> Checks:
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
    moved = measure_shift(table, offset, matrix=_shift_matrix(encoding, offset, base=base, layout=layout))
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
