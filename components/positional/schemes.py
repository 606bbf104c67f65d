"""The four ways to tell a model where a word stands, brought onto the same axes.

    sinusoidal   a computed vector is added to the word's vector      Vaswani et al. 2017
    learned      a trained vector is added to the word's vector       Gehring et al. 2017, BERT, GPT-2
    rotary       queries and keys are turned inside attention         Su et al. 2021
    alibi        attention scores are lowered by distance             Press et al. 2022

They do not compute the same thing, so each is shown as what it gives to the model: `matrix`, one row a
position. What they have in common is what they make of two positions: `closeness`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

import numpy as np

from components.models.input_embeddings import position_table
from components.models.shape import model_shape
from components.positional.order import NoPositionTable
from components.positional.rotary import plain_vector, rotary_scores
from components.positional.settings import FloatArray, Layout, TableTooShort, check_length, check_within
from components.positional.similarity import OffsetProfile, cosine_similarity, summarize_by_offset
from components.positional.sinusoidal import sinusoidal

Scheme = Literal["sinusoidal", "learned", "rotary", "alibi"]
SCHEMES: Final[tuple[Scheme, ...]] = get_args(Scheme)


@dataclass(frozen=True, kw_only=True)
class Encoding:
    """One scheme, computed for the first positions.

    Attributes
    ----------
    scheme
        Which.
    matrix
        `[position, dimension]`. Sinusoidal and learned: the vector that is added. Rotary: a vector with (1,
        0) in every pair, turned to each position. ALiBi adds no vector: `[distance, head]`, what it adds to
        the score of a key so many positions back.
    closeness
        `[position, position]`, at most 1: cosine similarity of the vectors; for rotary, the attention product
        of two equal vectors of length 1; for ALiBi, exp(bias) of one head, the factor by which it lowers a
        key's weight, and 0 for keys that come later.
    by_offset
        `closeness` read along its diagonals; for ALiBi, towards the keys that came before.
    frequencies, wavelengths
        `[dimension]`, as in `SinusoidalEncoding`; None where nothing waves.
    """

    scheme: Scheme
    matrix: FloatArray
    closeness: FloatArray
    by_offset: OffsetProfile
    frequencies: FloatArray | None = None
    wavelengths: FloatArray | None = None


def sinusoidal_encoding(*, d_model: int, length: int, base: float, layout: Layout) -> Encoding:
    """Return the sinusoids. Raises as `sinusoidal`."""
    waves = sinusoidal(d_model=d_model, length=length, base=base, layout=layout)
    closeness = cosine_similarity(waves.matrix)
    return Encoding(
        scheme="sinusoidal",
        matrix=waves.matrix,
        closeness=closeness,
        by_offset=summarize_by_offset(closeness),
        frequencies=waves.frequencies,
        wavelengths=waves.wavelengths,
    )


def learned_encoding(table: np.ndarray, *, length: int) -> Encoding:
    """Return the first positions of a model's table `[position, dimension]`, unscaled.

    BERT and GPT-2 have one. It is a weight like any other: whatever regularity it shows, training has put there.

    Raises
    ------
    TableTooShort
        If `length` is larger than the table: unlike a sinusoid, it cannot be continued.
    """
    check_length(length)
    if length > len(table):
        raise TableTooShort(value=length, high=len(table))
    # float64 first: the weights may be stored as float16, in which a sum of squares overflows
    matrix = np.asarray(table[:length], dtype=np.float64)
    closeness = cosine_similarity(matrix)
    return Encoding(scheme="learned", matrix=matrix, closeness=closeness, by_offset=summarize_by_offset(closeness))


def rotary_encoding(*, d_model: int, length: int, base: float, layout: Layout) -> Encoding:
    """Return the rotation of one head with `d_model` dimensions. Raises as `sinusoidal`."""
    waves = sinusoidal(d_model=d_model, length=length, base=base, layout=layout)
    vector = plain_vector(d_model, layout)
    scores = rotary_scores(vector, vector, length=length, base=base, layout=layout)
    closeness = scores.scores / scores.unrotated
    return Encoding(
        scheme="rotary",
        matrix=scores.rotated_query,
        closeness=closeness,
        by_offset=summarize_by_offset(closeness),
        frequencies=waves.frequencies,
        wavelengths=waves.wavelengths,
    )


def alibi_encoding(*, heads: int, length: int, head: int) -> Encoding:
    """Return the biases of all heads, and the closeness as one `head` sees it. Raises as `alibi`."""
    biases = alibi_biases(heads=heads, length=length)
    closeness = np.exp(biases.bias[head])
    return Encoding(
        scheme="alibi",
        matrix=biases.penalty,
        closeness=closeness,
        # Transposed, because the diagonals above the main one are the keys that a decoder must not see.
        by_offset=summarize_by_offset(closeness.T),
    )


HEADS_MAX: Final = 128


@dataclass(frozen=True, kw_only=True)
class Alibi:
    """Attention with linear biases (Press et al. 2022, arXiv 2108.12409), of one layer; every layer has the same.

    There is no position vector: every attention score is lowered by slope times distance before the softmax. Each head
    has its own fixed slope, so some heads see only the nearest words and others the whole text.

    Attributes
    ----------
    slopes
        `[head]`.
    bias
        `[head, query, key]`, added to the attention scores: 0 for a word with itself, below 0 for words
        before it, and -infinity for words after it, which a decoder must not see.
    penalty
        `[distance, head]`: the bias of a key that stands `distance` positions before the query.
    """

    slopes: FloatArray
    bias: FloatArray
    penalty: FloatArray


def alibi_slopes(heads: int) -> FloatArray:
    """Slope of each head: `[head]`.

    For a power of two they are the geometric series 2^(-8 / heads), 2^(-16 / heads), ... down to 2^-8. For
    other numbers of heads the authors' code takes the slopes of the power of two below and fills up with
    every other slope of the power of two above.

    Raises
    ------
    OutOfBounds
        `heads` is not a number from 1 to 128.
    """
    check_within("heads", heads, low=1, high=HEADS_MAX)
    power = 2 ** math.floor(math.log2(heads))
    slopes = _series(power)
    between = _series(2 * power)[::2]
    return np.concatenate([slopes, between[: heads - power]])


def _series(heads: int) -> FloatArray:
    return np.asarray(2.0 ** (-8.0 * np.arange(1, heads + 1) / heads))


def alibi_biases(*, heads: int, length: int) -> Alibi:
    """Compute the biases between the first `length` positions.

    Raises
    ------
    OutOfBounds
        `heads` or `length` out of bounds.
    """
    check_length(length)
    slopes = alibi_slopes(heads)
    position = np.arange(length)
    distance = position[:, None] - position[None, :]  # [query, key], positive to the left
    bias = np.where(distance >= 0, slopes[:, None, None] * -distance, -np.inf)
    return Alibi(slopes=slopes, bias=bias, penalty=-position[:, None] * slopes)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The parameters of the page's link. Each scheme uses those it knows."""

    scheme: Scheme
    d_model: int
    length: int
    base: int
    layout: Layout
    model: str


def encode(chosen: Selection, folder: Path, *, head: int = 0) -> Encoding:
    """Compute the table of a selection.

    Parameters
    ----------
    chosen
        What to compute.
    folder
        Where the files of `chosen.model` are: a learned table is read from its weights, the number of ALiBi's heads
        from its config. No torch.
    head
        Which head ALiBi's closeness is about.

    Raises
    ------
    NoPositionTable
        The scheme is "learned" and the model has learned no positions.
    SettingError
        A number out of bounds, or more positions than the model has learned.
    CorruptFile
        The model's files are unreadable.
    """
    match chosen.scheme:
        case "sinusoidal" | "rotary":
            waves = sinusoidal_encoding if chosen.scheme == "sinusoidal" else rotary_encoding
            return waves(d_model=chosen.d_model, length=chosen.length, base=chosen.base, layout=chosen.layout)
        case "alibi":
            return alibi_encoding(heads=model_shape(folder).heads, length=chosen.length, head=head)
        case "learned":
            table = position_table(folder)
            if table is None:
                raise NoPositionTable(model=chosen.model)
            return learned_encoding(table, length=chosen.length)
