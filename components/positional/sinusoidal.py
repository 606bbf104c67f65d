"""Sinusoidal positional encoding (Vaswani et al. 2017, "Attention Is All You Need", section 3.5).

Every position gets a vector of sines and cosines of different speeds:

    PE(position, 2i)     = sin(position / base^(2i / d_model))
    PE(position, 2i + 1) = cos(position / base^(2i / d_model))

It is a clock with many hands: the first dimensions turn fast, the last ones hardly move within a sentence. What is
said about these vectors is checked in `claims.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.positional.settings import (
    PAPER_BASE,
    FloatArray,
    IntArray,
    Layout,
    check_base,
    check_d_model,
    check_layout,
    check_length,
    check_within,
)


@dataclass(frozen=True, kw_only=True)
class SinusoidalEncoding:
    """The encoding of the positions 0 to length - 1.

    Attributes
    ----------
    matrix
        `[position, dimension]`, float64, every entry within -1 and 1.
    frequencies
        `[dimension]`, in radians a position. The two dimensions of a pair have the same one.
    wavelengths
        `[dimension]`, in positions: after so many positions the wave repeats.
    base, layout
        What it was computed with.
    """

    matrix: FloatArray
    frequencies: FloatArray
    wavelengths: FloatArray
    base: float
    layout: Layout


def pair_frequencies(d_model: int, *, base: float) -> FloatArray:
    """Angular frequency of each sine-cosine pair: `[pair]`, radians a position, falling from 1."""
    pair = np.arange(d_model // 2)
    return 1.0 / np.power(base, 2 * pair / d_model)


def pair_dimensions(d_model: int, layout: Layout) -> tuple[IntArray, IntArray]:
    """Where each pair lies in the vector: the dimensions of its sine and of its cosine, both `[pair]`.

    The paper interleaves them. Tensor2Tensor, Marian and BART put all sines before all cosines: the same
    numbers, the same dot products, another picture. Mixing the two up is the classic bug when weights are
    ported.
    """
    pair = np.arange(d_model // 2)
    if layout == "interleaved":
        return 2 * pair, 2 * pair + 1
    return pair, pair + d_model // 2


def sinusoidal(
    *, d_model: int, length: int, base: float = PAPER_BASE, layout: Layout = "interleaved"
) -> SinusoidalEncoding:
    """Compute the encoding of the first `length` positions.

    Raises
    ------
    SettingError
        `d_model` odd or out of bounds, `length` or `base` out of bounds, unknown `layout`.
    """
    check_d_model(d_model)
    check_length(length)
    check_base(base)
    check_layout(layout)
    frequency = pair_frequencies(d_model, base=base)
    angle = np.arange(length)[:, None] * frequency  # [position, pair]
    sine, cosine = pair_dimensions(d_model, layout)
    matrix = np.empty((length, d_model))
    matrix[:, sine] = np.sin(angle)
    matrix[:, cosine] = np.cos(angle)
    of_dimension = np.empty(d_model)
    of_dimension[sine] = of_dimension[cosine] = frequency
    return SinusoidalEncoding(
        matrix=matrix,
        frequencies=of_dimension,
        wavelengths=2 * np.pi / of_dimension,
        base=base,
        layout=layout,
    )


@dataclass(frozen=True, kw_only=True)
class Wave:
    """One dimension followed along the positions.

    Attributes
    ----------
    dimension
        Which column of the matrix.
    function
        "sin" or "cos".
    frequency, wavelength
        In radians a position, and in positions.
    positions, values
        `[sample]`: the smooth curve, sampled between the whole positions too.
    """

    dimension: int
    function: str
    frequency: float
    wavelength: float
    positions: FloatArray
    values: FloatArray


def follow_dimension(encoding: SinusoidalEncoding, dimension: int, *, samples_per_position: int = 8) -> Wave:
    """Follow one dimension along the positions, finely enough to draw the fastest wave as a curve.

    A model sees the values at whole positions only; between them the curve shows where they come from.

    Raises
    ------
    OutOfBounds
        The encoding has no such dimension.
    """
    length, d_model = encoding.matrix.shape
    check_within("dimension", dimension, low=0, high=d_model - 1)
    sine, _ = pair_dimensions(d_model, encoding.layout)
    function = "sin" if dimension in sine else "cos"
    positions = np.linspace(0, length - 1, (length - 1) * samples_per_position + 1)
    angle = positions * encoding.frequencies[dimension]
    return Wave(
        dimension=dimension,
        function=function,
        frequency=float(encoding.frequencies[dimension]),
        wavelength=float(encoding.wavelengths[dimension]),
        positions=positions,
        values=np.sin(angle) if function == "sin" else np.cos(angle),
    )
