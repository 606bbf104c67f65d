"""How alike two vectors are, and who comes first: cosine, dot product, Euclidean distance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from components.embeddings.space import unit

FloatArray = NDArray[np.floating[Any]]
Metric = Literal["cosine", "dot", "euclidean"]

METRICS: Final[tuple[Metric, ...]] = ("cosine", "dot", "euclidean")


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


def higher_is_closer(metric: Metric) -> bool:
    """Say whether a larger score means more alike."""
    return metric != "euclidean"


def order(
    scores: FloatArray,
    *,
    higher_first: bool = True,
    without: Sequence[int] = (),
    found: NDArray[np.bool_] | None = None,
) -> list[int]:
    """Return the places of items from the best score to the worst; equals stay in their order.

    Parameters
    ----------
    scores
        `[item]`.
    without
        Places that are left out: the items one started from.
    found
        `[item]`, False for what was not found at all and has no rank.
    """
    ranked = np.argsort(-scores if higher_first else scores, kind="stable")
    return [int(place) for place in ranked if int(place) not in without and (found is None or bool(found[place]))]


def ranks(ordered: Sequence[int], items: int) -> list[int | None]:
    """Return each item's rank from 1 on, None for those that are not in the order."""
    given: list[int | None] = [None] * items
    for rank, place in enumerate(ordered, start=1):
        given[place] = rank
    return given
