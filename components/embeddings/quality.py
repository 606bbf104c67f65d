"""How good is a search? Measured on questions of which it is known what answers them.

Other questions would give other numbers: beside each mean stands the bootstrap interval over the questions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.core.intervals import mean_interval

FIRST: Final = 3
"""How many results a reader looks at: recall is counted among them."""
NEIGHBOURS: Final = 5


@dataclass(frozen=True)
class Mean:
    """A mean over questions.

    Attributes
    ----------
    interval
        Its 95% bootstrap interval over the questions; None where there is none: resampling questions that all came
        out alike gives the same mean each time, which says nothing about others.
    """

    mean: float
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class Quality:
    """How good a search is, or by how much one search is better than another.

    Attributes
    ----------
    recall
        Share of the right items that are among the first `FIRST` results (recall@3).
    reciprocal_rank
        Mean reciprocal rank (MRR): 1 if the first right item always comes first, 1/2 if second; 0 for not found.
    """

    recall: Mean
    reciprocal_rank: Mean


def recall(ordered: Sequence[int], relevant: Sequence[int]) -> float:
    """Return the share of the right items among the first `FIRST` of an order."""
    return len(set(ordered[:FIRST]) & set(relevant)) / len(relevant)


def reciprocal_rank(ordered: Sequence[int], relevant: Sequence[int]) -> float:
    """Return 1 / rank of the first right item, 0 if the order has none of them."""
    return next((1 / rank for rank, place in enumerate(ordered, start=1) if place in relevant), 0.0)


def by_question(orders: Sequence[Sequence[int]], relevant: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Return recall and reciprocal rank `[question, measure]`: an order of items and the places of the right ones."""
    pairs = zip(orders, relevant, strict=True)
    return np.array([(recall(ordered, right), reciprocal_rank(ordered, right)) for ordered, right in pairs])


def averaged(values: NDArray[np.float64]) -> Quality:
    """Return the means of `[question, measure]`, or of the differences between two searches on the same questions."""
    means, (low, high) = values.mean(axis=0), mean_interval(values)
    alike = np.ptp(values, axis=0) == 0
    recalls, ranks = (
        Mean(float(means[place]), None if alike[place] else (float(low[place]), float(high[place]))) for place in (0, 1)
    )
    return Quality(recalls, ranks)


def by_chance(items: int, relevant: Sequence[Sequence[int]]) -> Quality:
    """Return what shuffled results would reach on average: exactly, nothing is drawn."""
    each = [_chance_of_rank(items, len(right)) for right in relevant]
    return Quality(recall=Mean(min(FIRST, items) / items), reciprocal_rank=Mean(sum(each) / len(each)))


def _chance_of_rank(items: int, right: int) -> float:
    """Return the mean of 1 / rank of the first of `right` items, shuffled among `items`."""
    return sum(comb(items - rank, right - 1) / comb(items, right) / rank for rank in range(1, items - right + 2))


def same_theme(orders: Sequence[Sequence[int]], themes: Sequence[str | None]) -> float:
    """Return which share of the `NEIGHBOURS` nearest items are about the same theme, on average over all items.

    Parameters
    ----------
    orders
        For each item the others, nearest first; may be shorter than `NEIGHBOURS`, what is missing counts as wrong.
    """
    right = [sum(themes[near] == themes[place] for near in each[:NEIGHBOURS]) for place, each in enumerate(orders)]
    return sum(right) / (NEIGHBOURS * len(orders))


def same_theme_by_chance(themes: Sequence[str | None]) -> float:
    """Return the share that neighbours drawn at random would reach."""
    others = [sum(theme == other for other in themes) - 1 for theme in themes]
    return sum(others) / (len(themes) * (len(themes) - 1))
