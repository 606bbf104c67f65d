"""How good a classifier is: probabilities, loss, accuracy, confusion, and what to compare them with. No torch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating]


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


def confusion(probabilities: FloatArray, classes: Sequence[int]) -> tuple[tuple[int, ...], ...]:
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


def right(answers: Sequence[int], classes: Sequence[int]) -> tuple[bool, ...]:
    """Return for each text whether its answer is the right label."""
    return tuple(answer == truth for answer, truth in zip(answers, classes, strict=True))
