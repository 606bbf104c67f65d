"""What enters the first layer: the word's vector and the position's vector, added coordinate by coordinate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from components.models.input_embeddings import InputEmbeddings
from components.positional.settings import FloatArray
from components.positional.sinusoidal import sinusoidal


@dataclass(frozen=True, kw_only=True)
class Addition:
    """The parts of one token's input vector, each `[dimension]`, in the order in which they are added.

    Attributes
    ----------
    word
        The row of the embedding table, or that row times `scale`.
    scale
        What the row was multiplied with: 1 for a trained model's own sum.
    segment
        BERT's vector for "first sentence" or "second sentence"; None where there is none.
    position
        What is added for the place in the text.
    total
        The sum.
    normalised
        The sum after LayerNorm, which is what BERT's first layer reads; None where the model has no such step.
    """

    word: FloatArray
    scale: float
    segment: FloatArray | None
    position: FloatArray
    total: FloatArray
    normalised: FloatArray | None


def own_addition(inputs: InputEmbeddings, place: int) -> Addition | None:
    """Return what the model itself adds up for the token at `place`; None if it adds no positions."""
    if inputs.position is None:
        return None
    normalised = inputs.output[place]
    return Addition(
        word=_exact(inputs.token[place]),
        scale=1.0,
        segment=None if inputs.segment is None else _exact(inputs.segment[place]),
        position=_exact(inputs.position[place]),
        total=_exact(inputs.total[place]),
        normalised=None if np.array_equal(normalised, inputs.total[place]) else _exact(normalised),
    )


def sinusoidal_addition(inputs: InputEmbeddings, place: int, *, base: float) -> Addition:
    """Return what the Transformer of 2017 would have added up with this model's word vector.

    It multiplies the word's vector by sqrt(d_model) first (section 3.4). Without that a trained word vector, whose
    length is about 1, would drown in a position vector of length sqrt(d_model / 2).
    """
    word = _exact(inputs.token[place])
    scale = float(np.sqrt(len(word)))
    # Two positions at least: `sinusoidal` refuses a table of one.
    position = sinusoidal(d_model=len(word), length=max(place + 1, 2), base=base).matrix[place]
    return Addition(
        word=scale * word,
        scale=scale,
        segment=None,
        position=position,
        total=scale * word + position,
        normalised=None,
    )


def part_lengths(added: Addition) -> Mapping[str, float]:
    """Return the Euclidean length of the word's vector, the position's and the sum."""
    parts = {"word": added.word, "position": added.position, "total": added.total}
    return {name: float(np.linalg.norm(part)) for name, part in parts.items()}


def _exact(vector: np.ndarray) -> FloatArray:
    return np.asarray(vector, dtype=np.float64)
