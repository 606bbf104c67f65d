"""Search by words: BM25, what a search engine does without any model. It knows spellings, not meanings.

Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", formula 3.15, with the weight
log(1 + ...) that Lucene uses, which never falls below zero. A word counts as often as the query has it, as in both.
The factor (k1 + 1) is the formula's; Lucene dropped it in version 8, since it changes no order. There is no stemming
and no list of stop words: "dog" does not find "dogs", and rare words weigh more than "the" by the formula alone.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

K1: Final = 1.2
"""How soon a word that is repeated stops adding to the score."""
B: Final = 0.75
"""How much a long text is held back for its length: 0 not at all, 1 in full."""

_WORD: Final = re.compile(r"\w+")


def words(text: str) -> list[str]:
    """Return the words of a text: runs of letters and digits, lower case."""
    return _WORD.findall(text.lower())


class Bm25:
    """Some texts, counted once and then asked many times."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._counts = [Counter(words(text)) for text in texts]
        lengths = np.array([counts.total() for counts in self._counts], dtype=np.float64)
        mean = float(lengths.mean()) or 1.0  # texts without a single word all score 0 anyway
        self._length_factor = K1 * (1 - B + B * lengths / mean)

    def weight(self, word: str) -> float:
        """Return how much a word counts: the rarer among the texts, the more."""
        texts = len(self._counts)
        having = sum(word in counts for counts in self._counts)
        return math.log(1 + (texts - having + 0.5) / (having + 0.5))

    def scores(self, query: str) -> NDArray[np.floating[Any]]:
        """Return each text's score `[text]`; 0 means that it has none of the words."""
        total = np.zeros(len(self._counts))
        for word, times in sorted(Counter(words(query)).items()):
            frequency = np.array([counts[word] for counts in self._counts], dtype=np.float64)
            total += times * self.weight(word) * frequency * (K1 + 1) / (frequency + self._length_factor)
        return total

    def shared(self, query: str, place: int) -> list[str]:
        """Return the words that a query and a text have in common, the weightiest first."""
        common = set(words(query)) & self._counts[place].keys()
        return sorted(common, key=lambda word: (-self.weight(word), word))
