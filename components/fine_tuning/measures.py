"""How good a classifier is, how far that number can be trusted, and whether two classifiers differ by more than chance.

The interval is Wilson's (1927). The test is McNemar's (1947), exact: of the texts that only one of the two classifiers
has right, each would be as likely the one's as the other's if both were equally good. No torch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]


_NORMAL_95: Final = 1.959963984540054
"""Between minus and plus this lie 95% of the standard normal distribution."""
SURE_BELOW: Final = 0.05
"""A smaller p value is called a difference on the page, as is usual."""


@dataclass(frozen=True, eq=False)
class Head:
    """The layer on top of [CLS]: one row of weights and one bias a label.

    Attributes
    ----------
    weight
        `[label, width]`.
    bias
        `[label]`.
    """

    weight: FloatArray
    bias: FloatArray

    def probabilities(self, vectors: FloatArray) -> FloatArray:
        """Return the probability of each label, `[text, label]`, for [CLS] vectors `[text, width]`."""
        logits = vectors.astype(np.float64) @ self.weight.T.astype(np.float64) + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares: FloatArray = powers / powers.sum(axis=1, keepdims=True)
        return shares


@dataclass(frozen=True)
class Baselines:
    """What is right without any training, as shares of the held-out texts.

    Attributes
    ----------
    majority
        Always answering the label that is most frequent in training.
    centroid
        The label whose mean [CLS] vector of the training texts is nearest: no head at all.
    untrained
        The head as it was drawn by chance.
    """

    majority: float
    centroid: float
    untrained: float


def accuracy(probabilities: FloatArray, classes: Sequence[int]) -> float:
    """Return the share of texts whose most probable label is the right one."""
    return float(np.mean(probabilities.argmax(axis=1) == np.array(classes)))


def loss_nats(probabilities: FloatArray, classes: Sequence[int]) -> float:
    """Return the cross-entropy: minus the mean logarithm of the right label's probability."""
    return float(-np.log(probabilities[np.arange(len(classes)), list(classes)]).mean())


def count_answers(probabilities: FloatArray, classes: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Return how many texts of each label (row) were given each label (column)."""
    counts = np.zeros((probabilities.shape[1],) * 2, dtype=int)
    np.add.at(counts, (list(classes), probabilities.argmax(axis=1)), 1)
    return tuple(tuple(row) for row in counts.tolist())


def majority(training: Sequence[int], held_out: Sequence[int]) -> float:
    """Return the share of held-out texts that have the label most frequent in training (the first of equals)."""
    counts = Counter(sorted(training))
    [(most, _count)] = counts.most_common(1)
    return sum(each == most for each in held_out) / len(held_out)


def nearest_means(training: FloatArray, classes: Sequence[int], held_out: FloatArray) -> tuple[int, ...]:
    """Return for each held-out vector the label whose mean training vector is nearest to it (Euclidean)."""
    labels = np.array(classes)
    means = np.stack([training[labels == label].mean(axis=0, dtype=np.float64) for label in range(labels.max() + 1)])
    distances = np.linalg.norm(held_out[:, None, :].astype(np.float64) - means, axis=2)
    return tuple(distances.argmin(axis=1).tolist())


def mark_right(answers: Sequence[int], classes: Sequence[int]) -> tuple[bool, ...]:
    """Return for each text whether its answer is the right label."""
    return tuple(answer == truth for answer, truth in zip(answers, classes, strict=True))


@dataclass(frozen=True)
class Interval:
    """Where a share lies if other texts of the same kind had been held out, with 95% confidence."""

    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """Two classifiers on the same texts.

    Attributes
    ----------
    gained, lost
        Texts that only the second one has right, and that only the first one has right.
    """

    gained: int
    lost: int

    @property
    def p(self) -> float:
        """How often a split at least as uneven would come about if both were equally good (two-sided)."""
        texts = self.gained + self.lost
        tail = sum(comb(texts, fewer) for fewer in range(min(self.gained, self.lost) + 1))
        return min(1.0, 2 * tail / (1 << texts))

    @property
    def is_sure(self) -> bool:
        """Whether chance alone would seldom make such a difference."""
        return self.p < SURE_BELOW


def estimate_interval(right: Sequence[bool]) -> Interval:
    """Return the interval of the share of texts that are right."""
    texts, share = len(right), sum(right) / len(right)
    spread = _NORMAL_95**2 / texts
    middle = (share + spread / 2) / (1 + spread)
    half = _NORMAL_95 * sqrt(share * (1 - share) / texts + spread / texts / 4) / (1 + spread)
    return Interval(max(0.0, middle - half), min(1.0, middle + half))


def compare(first: Sequence[bool], second: Sequence[bool]) -> Comparison:
    """Return where two classifiers differ, text by text."""
    pairs = list(zip(first, second, strict=True))
    return Comparison(gained=pairs.count((False, True)), lost=pairs.count((True, False)))
