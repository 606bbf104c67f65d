"""Is one measurement larger than another? A paired t test over texts, and Holm's correction for many such tests.

What is independent is the text, not the place in it nor the head: each text gives one difference, and the mean of the
differences is compared with their spread. Holm (1979) keeps the chance of even one wrong rejection among all tests at
the level, whatever they depend on: heads of one model read the same texts. (Benjamini and Hochberg's correction bounds
the share of wrong ones instead, which says less about the one head that is looked at.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

CONFIDENCE: Final = 0.95
_ROUNDING: Final = 1e-6
"""The least spread: weights are float32, so that differences below it are none."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(64)

Floats = NDArray[np.float64]


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
