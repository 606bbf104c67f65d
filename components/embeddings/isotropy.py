"""Do the vectors use all directions? The cosines of all pairs of texts, and what is left once the mean is taken away.

Ethayarajh 2019 (arXiv 1909.00512) measures anisotropy as the average cosine of random pairs; here all pairs are taken.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from components.embeddings.space import FloatArray, unit


@dataclass(frozen=True, eq=False)
class Cosines:
    """The cosines of all pairs.

    Attributes
    ----------
    values
        `[pair]`, each pair of different texts once.
    """

    values: FloatArray

    @property
    def mean(self) -> float:
        """The average."""
        return float(self.values.mean())

    @property
    def spread(self) -> float:
        """Standard deviation."""
        return float(self.values.std())


def pair_cosines(vectors: FloatArray) -> Cosines:
    """Return the cosine of each pair of vectors `[text, width]`."""
    directions = unit(np.asarray(vectors, dtype=np.float64))
    return Cosines((directions @ directions.T)[np.triu_indices(len(directions), k=1)])


def centred(vectors: FloatArray) -> FloatArray:
    """Return the vectors `[text, width]` without what they have in common."""
    given = np.asarray(vectors, dtype=np.float64)
    return np.asarray(given - given.mean(axis=0))


def shared_part(vectors: FloatArray) -> float:
    """Return which share of the vectors' squared length is their mean: 0 spread evenly, 1 all the same."""
    given = np.asarray(vectors, dtype=np.float64)
    total = float((given**2).sum(axis=1).mean())
    return float((given.mean(axis=0) ** 2).sum()) / total if total else 0.0
