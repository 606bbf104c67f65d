"""How sure a number is: percentile bootstrap (Efron 1979) over the units that were drawn, with a fixed seed.

The unit is what was drawn at random: a text, a pair of sentences. Numbers of the same text are not independent and must
not be resampled one by one.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

SEED: Final = 0
RESAMPLES: Final = 2_000
LEVEL: Final = 0.95

Floats = NDArray[np.float64]


def resampled_means(values: Floats) -> Floats:
    """Return the mean over the first axis of `[unit, ...]` for each resample, `[resample, ...]`."""
    return np.tensordot(_shares(len(values)), values, axes=1)


@lru_cache(maxsize=8)
def _shares(units: int) -> Floats:
    """Return the share of each unit in each resample, `[resample, unit]`; the draws depend only on their number."""
    drawn = np.random.default_rng(SEED).integers(0, units, (RESAMPLES, units))
    counts = np.zeros((RESAMPLES, units))
    np.add.at(counts, (np.arange(RESAMPLES)[:, None], drawn), 1)
    return counts / units


def mean_interval(values: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of the mean over the first axis in 95% of the resamples; NaN for a single unit."""
    if len(values) < 2:
        nothing = np.full(values.shape[1:], np.nan)
        return nothing, nothing
    return percentile_interval(resampled_means(values))


def percentile_interval(resampled: Floats) -> tuple[Floats, Floats]:
    """Return the bounds of the middle 95% of `[resample, ...]`."""
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail], axis=0)
    return np.asarray(low), np.asarray(high)
