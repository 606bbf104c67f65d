"""The four ways to tell a model where a word stands, brought onto the same axes.

    sinusoidal   a computed vector is added to the word's vector      Vaswani et al. 2017
    learned      a trained vector is added to the word's vector       Gehring et al. 2017, BERT, GPT-2
    rotary       queries and keys are turned inside attention         Su et al. 2021
    alibi        attention scores are lowered by distance             Press et al. 2022

They do not compute the same thing, so each is shown as what it gives to the model: `matrix`, one row a
position. What they have in common is what they make of two positions: `closeness`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from components.positional.alibi import alibi
from components.positional.learned import learned
from components.positional.rotary import plain_vector, rotary_scores
from components.positional.settings import FloatArray, Layout
from components.positional.similarity import OffsetProfile, by_offset, cosine_similarity
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
        by_offset=by_offset(closeness),
        frequencies=waves.frequencies,
        wavelengths=waves.wavelengths,
    )


def learned_encoding(table: np.ndarray, *, length: int) -> Encoding:
    """Return a model's position table `[position, dimension]`. Raises as `learned`."""
    shown = learned(table, length=length)
    return Encoding(
        scheme="learned",
        matrix=shown.matrix,
        closeness=shown.similarity,
        by_offset=by_offset(shown.similarity),
    )


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
        by_offset=by_offset(closeness),
        frequencies=waves.frequencies,
        wavelengths=waves.wavelengths,
    )


def alibi_encoding(*, heads: int, length: int, head: int) -> Encoding:
    """Return the biases of all heads, and the closeness as one `head` sees it. Raises as `alibi`."""
    biases = alibi(heads=heads, length=length)
    closeness = np.exp(biases.bias[head])
    return Encoding(
        scheme="alibi",
        matrix=biases.penalty,
        closeness=closeness,
        # Transposed, because the diagonals above the main one are the keys that a decoder must not see.
        by_offset=by_offset(closeness.T),
    )
