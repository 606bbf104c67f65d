"""Texts with labels: the shipped sets, and how a set is divided into what is learned from and what is tested on."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

ShippedSet = Literal["film", "korean"]

SHARE_HELD_OUT: Final = 0.3
LEAST_OF_A_LABEL: Final = 4
"""Of each label two texts at least are learned from, and two are tested on."""

_FOLDER: Final = Path(__file__).with_name("data")
_FILES: Final[dict[ShippedSet, str]] = {"film": "film_reviews.csv", "korean": "korean_film_reviews.csv"}


@dataclass(frozen=True)
class Example:
    """One text and what it is an example of."""

    text: str
    label: str


@dataclass(frozen=True)
class Examples:
    """A set, divided. No text is in both parts.

    Attributes
    ----------
    labels
        All labels, in the order of their first example: the classes of the classifier.
    training
        What the model learns from.
    held_out
        What it is only tested on.
    """

    labels: tuple[str, ...]
    training: tuple[Example, ...]
    held_out: tuple[Example, ...]

    def classes(self, part: Sequence[Example]) -> tuple[int, ...]:
        """Return the number of each example's label, 0-based."""
        return tuple(self.labels.index(example.label) for example in part)


@cache
def read_shipped(name: ShippedSet) -> Examples:
    """Return a set of this project. Its reviews come in pairs that differ in a few words; a pair is never divided."""
    with (_FOLDER / _FILES[name]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    parts: dict[str, list[Example]] = {"training": [], "held-out": []}
    for row in rows:
        parts[row["split"]].append(Example(row["text"], row["label"]))
    labels = _labels(parts["training"])
    return Examples(labels, tuple(parts["training"]), tuple(parts["held-out"]))


def divide(examples: Sequence[Example], *, seed: int = 0) -> Examples:
    """Divide a set by chance, the same share of every label (stratified); the same seed gives the same parts.

    Parameters
    ----------
    examples
        Different texts, at least `LEAST_OF_A_LABEL` of each label.
    """
    training: list[Example] = []
    held_out: list[Example] = []
    for group in _shuffled_by_label(examples, seed):
        tested = max(LEAST_OF_A_LABEL // 2, round(SHARE_HELD_OUT * len(group)))
        held_out += group[:tested]
        training += group[tested:]
    return Examples(_labels(examples), tuple(training), tuple(held_out))


def some_of(examples: Examples, count: int, *, seed: int) -> Examples:
    """Return the set with `count` of its training examples, as many of every label as possible."""
    groups = _shuffled_by_label(examples.training, seed)
    turns = range(max(len(group) for group in groups))
    in_turn = [group[turn] for turn in turns for group in groups if turn < len(group)]
    return Examples(examples.labels, tuple(in_turn[:count]), examples.held_out)


def _shuffled_by_label(examples: Sequence[Example], seed: int) -> list[list[Example]]:
    chance = random.Random(seed)
    groups = [[each for each in examples if each.label == label] for label in _labels(examples)]
    for group in groups:
        chance.shuffle(group)
    return groups


def _labels(examples: Iterable[Example]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(example.label for example in examples))
