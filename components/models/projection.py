"""Principal components: vectors of hundreds of dimensions on the two directions in which they differ most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

DIMENSIONS: Final = 2


@dataclass(frozen=True, eq=False)
class Map:
    """Some vectors in two dimensions.

    Attributes
    ----------
    points
        `[vector, 2]`.
    explained
        Which share of all differences each of the two directions shows.
    mean, directions
        `[width]` and `[2, width]`: for placing another vector on the same map.
    """

    points: FloatArray
    explained: tuple[float, float]
    mean: FloatArray
    directions: FloatArray

    def place(self, vectors: FloatArray) -> FloatArray:
        """Return the places of other vectors `[vector, width]` on this map, `[vector, 2]`."""
        return (vectors - self.mean) @ self.directions.T


def project(vectors: FloatArray) -> Map:
    """Return the map of some vectors `[vector, width]`; the same vectors always give the same map."""
    mean = vectors.mean(axis=0)
    _left, sizes, directions = np.linalg.svd(vectors - mean, full_matrices=False)
    first = directions[:DIMENSIONS]
    # The sign of a direction is free. The farthest vector is on the positive side, so that maps do not flip.
    reach = (vectors - mean) @ first.T
    farthest = reach[np.abs(reach).argmax(axis=0), np.arange(DIMENSIONS)]
    first = first * np.where(farthest < 0, -1.0, 1.0)[:, None]
    variance = sizes**2
    total = float(variance.sum())
    shares = (variance[:DIMENSIONS] / total if total else np.zeros(DIMENSIONS)).tolist()
    return Map((vectors - mean) @ first.T, (shares[0], shares[1]), mean, first)
