"""How alike vectors are: cosine, dot product or distance, of vectors as they come, of length 1, or centred.

Why centre: the vectors of a language model share a large common part, so that even unrelated texts point the same way
(Ethayarajh 2019, arXiv 1909.00512, who measures the average cosine of random pairs; here all pairs are taken). Taking
away the mean takes away that part (Mu and Viswanath 2018, arXiv 1702.01417, do that and more).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
Vectors = Literal["raw", "unit", "centred"]

VECTORS: Final[tuple[Vectors, ...]] = ("raw", "unit", "centred")


Metric = Literal["cosine", "dot", "euclidean"]
METRICS: Final[tuple[Metric, ...]] = ("cosine", "dot", "euclidean")
RANKED_DIGITS: Final = 6
"""Digits of a score that decide a rank: a model computes in single precision, and what comes after is rounding."""


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


def score(items: FloatArray, queries: FloatArray, metric: Metric) -> FloatArray:
    """Return every query's score with every item, `[query, item]`.

    Cosine and dot product are higher for what is alike, the distance is lower: see `higher_is_closer`.
    """
    match metric:
        case "cosine":
            return unit(queries) @ unit(items).T
        case "dot":
            return queries @ items.T
        case "euclidean":
            # By differences, not by |a|² + |b|² - 2ab: that one loses the small distances to rounding.
            return np.stack([np.linalg.norm(items - query, axis=1) for query in queries])


def full_colour_range(scores: FloatArray) -> tuple[float, float]:
    """Return what the first and the last colour of a heatmap stand for; signed scores have 0 in the middle.

    The diagonal, each text with itself, does not count: it would take the full colour and leave the rest pale.

    Parameters
    ----------
    scores
        `[item, item]`.
    """
    between = scores[~np.eye(len(scores), dtype=bool)]
    highest = float(np.abs(between).max()) or 1.0
    return (-highest if between.min() < 0 else 0.0), highest


def higher_is_closer(metric: Metric) -> bool:
    """Return whether a larger score means more alike."""
    return metric != "euclidean"


def order(
    scores: FloatArray,
    *,
    higher_first: bool = True,
    without: Sequence[int] = (),
    found: NDArray[np.bool_] | None = None,
) -> list[int]:
    """Return the places of items from the best score to the worst; equals to `RANKED_DIGITS` stay in their order.

    Parameters
    ----------
    scores
        `[item]`.
    without
        Places that are left out: the items one started from.
    found
        `[item]`, False for what was not found at all and has no rank.
    """
    rounded = np.round(scores, RANKED_DIGITS)
    ranked = np.argsort(-rounded if higher_first else rounded, kind="stable")
    return [int(place) for place in ranked if int(place) not in without and (found is None or bool(found[place]))]


def assign_ranks(ordered: Sequence[int], items: int) -> list[int | None]:
    """Return each item's rank from 1 on, None for those that are not in the order."""
    given: list[int | None] = [None] * items
    for rank, place in enumerate(ordered, start=1):
        given[place] = rank
    return given


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


def centre(vectors: FloatArray) -> FloatArray:
    """Return the vectors `[text, width]` without what they have in common."""
    given = np.asarray(vectors, dtype=np.float64)
    return np.asarray(given - given.mean(axis=0))


def shared_part(vectors: FloatArray) -> float:
    """Return which share of the vectors' squared length is their mean: 0 spread evenly, 1 all the same."""
    given = np.asarray(vectors, dtype=np.float64)
    total = float((given**2).sum(axis=1).mean())
    return float((given.mean(axis=0) ** 2).sum()) / total if total else 0.0
