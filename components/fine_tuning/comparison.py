"""How far an accuracy can be trusted, and whether two classifiers differ by more than chance. No torch.

The interval is Wilson's (1927). The test is McNemar's (1947), exact: of the texts that only one of the two classifiers
has right, each would be as likely the one's as the other's if both were equally good.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from typing import Final

_NORMAL_95: Final = 1.959963984540054
"""Between minus and plus this lie 95% of the standard normal distribution."""
SURE_BELOW: Final = 0.05
"""A smaller p value is called a difference on the page, as is usual."""


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


def interval(right: Sequence[bool]) -> Interval:
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
