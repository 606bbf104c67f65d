"""The space in which texts are compared: vectors as they come, of length 1, or centred first.

Why centre: the vectors of a language model share a large common part, so that even unrelated texts point the same way
(Ethayarajh 2019, arXiv 1909.00512). Taking away the mean takes away that part (Mu and Viswanath 2018, arXiv
1702.01417, do that and more).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
Vectors = Literal["raw", "unit", "centred"]

VECTORS: Final[tuple[Vectors, ...]] = ("raw", "unit", "centred")


@dataclass(frozen=True, eq=False)
class Space:
    """A way to prepare vectors. The mean is that of the texts that are searched; a query is moved by it too.

    Attributes
    ----------
    mean
        `[width]`, what `centred` takes away.
    """

    kind: Vectors
    mean: FloatArray

    def of(self, vectors: FloatArray) -> FloatArray:
        """Return vectors `[text, width]` prepared, in double precision."""
        given = np.asarray(vectors, dtype=np.float64)
        match self.kind:
            case "raw":
                return given
            case "unit":
                return unit(given)
            case "centred":
                return unit(given - self.mean)


def space_of(items: FloatArray, kind: Vectors) -> Space:
    """Return the space of some texts, `[text, width]`."""
    return Space(kind, np.asarray(items, dtype=np.float64).mean(axis=0))


def unit(vectors: FloatArray) -> FloatArray:
    """Return vectors of length 1; one of length 0 has no direction and stays 0."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(np.divide(vectors, lengths, out=np.zeros_like(vectors), where=lengths > 0))
