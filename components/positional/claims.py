"""What is said about sinusoidal encodings, each sentence checked on the very numbers of the table at hand.

The checks take any table `[position, dimension]`, so that they can come out false: a learned table obeys none
of the exact ones. Tolerances are for float64 rounding only (positions up to 512, up to 1,024 dimensions:
errors stay below 1e-11), so "holds" means "holds exactly".

References
----------
Vaswani et al. 2017, section 3.5, for the shift and the wavelengths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from components.positional.rotation import Shift
from components.positional.settings import FloatArray, Layout
from components.positional.similarity import by_offset, first_rise
from components.positional.sinusoidal import pair_dimensions

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
    spread = float(by_offset(values).spread[1:].max())
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
