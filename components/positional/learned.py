"""A learned position table: one trained vector for each position, and nothing beyond the last one.

BERT and GPT-2 do it this way. The table is a weight like any other; nobody told it what distance means.
Whatever regularity it shows, training has put there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.positional.settings import FloatArray, TableTooShort, check_length
from components.positional.similarity import cosine_similarity


@dataclass(frozen=True, kw_only=True)
class LearnedTable:
    """The first positions of a model's table.

    Attributes
    ----------
    matrix
        `[position, dimension]`, the weights as float64, unscaled.
    norms
        `[position]`: length of each vector. Constant for sinusoids, not here.
    similarity
        `[position, position]`: cosine similarity.
    table_length
        How many positions the model has in all; it cannot read a longer text.
    """

    matrix: FloatArray
    norms: FloatArray
    similarity: FloatArray
    table_length: int


def learned(table: np.ndarray, *, length: int) -> LearnedTable:
    """Take the first `length` positions of a model's position table `[position, dimension]`.

    Raises
    ------
    TableTooShort
        `length` is larger than the table: unlike a sinusoid, it cannot be continued.
    """
    check_length(length)
    if length > len(table):
        raise TableTooShort(value=length, high=len(table))
    # float64 first: the weights may be stored as float16, in which a sum of squares overflows.
    matrix = np.asarray(table[:length], dtype=np.float64)
    return LearnedTable(
        matrix=matrix,
        norms=np.linalg.norm(matrix, axis=1),
        similarity=cosine_similarity(matrix),
        table_length=len(table),
    )
