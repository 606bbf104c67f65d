"""Is a difference more than chance, and do two orders agree? Tests over texts and over tokens.

The paired t test: what is independent is the text, not the place in it nor the head. Each text gives one difference,
and the mean of the differences is compared with their spread. Holm (1979) keeps the chance of even one wrong rejection
among all tests at the level, whatever they depend on: heads of one model read the same texts. (Benjamini and Hochberg's
correction bounds the share of wrong ones instead, which says less about the one head that is looked at.)

Spearman's rank correlation has two answers beside it. The p value: how often ranks in random order would correlate as
strongly, by all orders up to `MOST_IN_ALL_ORDERS` tokens and by `ORDERS` drawn ones above. The interval: percentile
bootstrap over the tokens, as if the text had had other tokens of the same kind. It is wide for a sentence, as it should
be.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.core.intervals import SEED, percentile_interval

Floats = NDArray[np.float64]
FEWEST_FOR_INTERVAL: Final = 5
MOST_IN_ALL_ORDERS: Final = 7
ORDERS: Final = 4_999
RESAMPLES: Final = 1_000
_SAME: Final = 1e-5
"""Share of a row's largest value up to which two neighbours are the same: a model in float32 tells no more apart, and
their order would be another one on another machine."""

CONFIDENCE: Final = 0.95
_ROUNDING: Final = 1e-6
"""The least spread: weights are float32, so that differences below it are none."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)

_TIE: Final = 1e-9  # two orders that correlate alike differ by less, from rounding


@dataclass(frozen=True, eq=False)
class RankCorrelations:
    """How alike several rows rank the same things. NaN where a row ranks all alike.

    Attributes
    ----------
    spearman
        `[row, row]`, from -1 to 1.
    low, high
        `[row, row]`, the bounds of 95% of the bootstrap resamples; NaN below `FEWEST_FOR_INTERVAL` things.
    p_value
        `[row, row]`, two-sided.
    """

    spearman: Floats
    low: Floats
    high: Floats
    p_value: Floats


def rank_correlations(rows: Floats) -> RankCorrelations:
    """Compare `[row, thing]`, all finite; values that rounding alone may part share their mean rank."""
    rows = np.apply_along_axis(_groups, 1, rows).astype(np.float64) if rows.size else rows
    ranks = mean_ranks(rows)
    spearman = correlate(ranks)
    nothing = np.full(spearman.shape, np.nan)
    low, high = nothing, nothing
    count = rows.shape[1]
    if count >= FEWEST_FOR_INTERVAL:
        resampled = _resampled(rows)
        # A resample in which a row ranks all alike says nothing: it is left out of that pair's interval.
        low, high = nothing.copy(), nothing.copy()
        for pair in np.ndindex(spearman.shape):
            said = resampled[:, *pair][np.isfinite(resampled[:, *pair])]
            if np.isfinite(spearman[pair]) and len(said):
                low[pair], high[pair] = percentile_interval(said)
    return RankCorrelations(spearman, low, high, _p_values(ranks, spearman))


def mean_ranks(rows: Floats) -> Floats:
    """Return 1 for the smallest of each row; values that rounding alone may part share the mean of their ranks."""
    return np.array([_ranks(row) for row in rows]).reshape(rows.shape)


def correlate(ranks: Floats) -> Floats:
    """Return the correlations of `[row, thing]`, NaN where a row is all alike."""
    centred = ranks - ranks.mean(axis=1, keepdims=True) if ranks.size else ranks
    lengths = np.sqrt((centred**2).sum(axis=1))
    with np.errstate(invalid="ignore"):  # ranks all alike have length 0: 0 / 0 is the NaN that is wanted
        correlations = (centred @ centred.T) / np.outer(lengths, lengths)
    return np.asarray(np.clip(correlations, -1.0, 1.0))


def _resampled(rows: Floats) -> Floats:
    """Return the correlations of each bootstrap resample of the things, `[resample, row, row]`.

    A thing drawn twice is two equal things, so a resample is the same things with counts, and ranks follow from sums.
    """
    count = rows.shape[1]
    drawn = np.random.default_rng(SEED).integers(0, count, (RESAMPLES, count))
    times = np.stack([(drawn == thing).sum(axis=1) for thing in range(count)], axis=1).astype(np.float64)
    centred = []
    for row in rows:
        group = _groups(row)
        sizes = times @ np.eye(group.max() + 1)[group]  # [resample, group of equal values]
        ranks = (sizes.cumsum(axis=1) - (sizes - 1) / 2)[:, group]
        centred.append(ranks - (count + 1) / 2)
    products = np.einsum("rt,art,brt->rab", times, np.array(centred), np.array(centred), optimize=True)
    lengths = np.sqrt(np.diagonal(products, axis1=1, axis2=2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.clip(products / (lengths[:, :, None] * lengths[:, None, :]), -1.0, 1.0))


def _ranks(values: Floats) -> Floats:
    group = _groups(values)
    sizes = np.bincount(group)
    return np.asarray((sizes.cumsum() - (sizes - 1) / 2)[group])


def _groups(values: Floats) -> NDArray[np.int64]:
    """Return which group of equal values each one is in, counted from the smallest."""
    order = np.argsort(values, kind="stable")
    apart = np.diff(values[order]) > _SAME * np.abs(values).max(initial=0.0)
    group = np.zeros(len(values), dtype=np.int64)
    group[order[1:]] = apart.cumsum()
    return group


def _orders(count: int) -> tuple[NDArray[np.int64], int]:
    """Return orders of `count` things, `[order, thing]`, and how many to add for the order that was measured."""
    if count <= MOST_IN_ALL_ORDERS:
        return np.array(list(permutations(range(count))), dtype=np.int64).reshape(-1, count), 0
    orders = np.tile(np.arange(count), (ORDERS, 1))
    return np.random.default_rng(SEED).permuted(orders, axis=1), 1


def _p_values(ranks: Floats, spearman: Floats) -> Floats:
    p_values = np.full(spearman.shape, np.nan)
    if not ranks.size:
        return p_values
    centred = ranks - ranks.mean(axis=1, keepdims=True)
    lengths = np.sqrt((centred**2).sum(axis=1))
    orders, measured = _orders(ranks.shape[1])
    for one, other in zip(*np.triu_indices(len(ranks)), strict=True):
        if not np.isfinite(spearman[one, other]):
            continue
        shuffled = centred[other][orders] @ centred[one] / (lengths[one] * lengths[other])
        as_strong = int((np.abs(shuffled) >= abs(spearman[one, other]) - _TIE).sum())
        p_values[one, other] = p_values[other, one] = (as_strong + measured) / (len(orders) + measured)
    return p_values


@dataclass(frozen=True, eq=False)
class MeanDifference:
    """The mean of some differences, each array of the shape of one of them.

    Attributes
    ----------
    low, high
        Student's t interval that holds the true mean with `CONFIDENCE`.
    p
        Of the one-sided test that the true mean is not above zero, uncorrected.
    """

    mean: Floats
    low: Floats
    high: Floats
    p: Floats


def mean_difference(differences: Floats) -> MeanDifference:
    """Test whether the mean over the first axis, `[text, ...]`, lies above zero. Needs two texts at least."""
    texts = len(differences)
    mean = differences.mean(axis=0)
    error = np.maximum(differences.std(axis=0, ddof=1), _ROUNDING) / np.sqrt(texts)
    margin = t_quantile((1 - CONFIDENCE) / 2, texts - 1) * error
    return MeanDifference(mean, mean - margin, mean + margin, t_tail(mean / error, texts - 1))


def t_tail(t: Floats, freedom: int) -> Floats:
    """Return the probability that Student's t with so many degrees of freedom is above `t`.

    With t = sqrt(freedom) / tan(angle) the density is proportional to sin(angle)^(freedom - 1), and the tail is an
    integral from 0: small probabilities keep all their digits.
    """

    def area(end: Floats) -> Floats:
        return end / 2 * (np.sin(end[..., None] / 2 * (_NODES + 1)) ** (freedom - 1) @ _WEIGHTS)

    return np.asarray(area(np.arctan2(np.sqrt(freedom), t)) / area(np.asarray(np.pi)))


def t_quantile(tail: float, freedom: int) -> float:
    """Return the t above which so much of the distribution lies, for a tail below one half; found by bisection."""
    low, high = 0.0, 1e4
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if t_tail(np.asarray(middle), freedom) > tail else (low, middle)
    return low


def holm(p: Floats) -> Floats:
    """Return the p values after Holm's correction: each may be compared with the level itself."""
    order = np.argsort(p, axis=None)
    corrected = np.empty(p.size)
    corrected[order] = np.minimum(np.maximum.accumulate(p.ravel()[order] * np.arange(p.size, 0, -1)), 1)
    return corrected.reshape(p.shape)
