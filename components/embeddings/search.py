"""One question, two answers: the order by meaning (vectors) and the order by words (BM25, without a model).

BM25 is formula 3.15 of Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", with
Lucene's weight log(1 + ...), which never falls below zero. A word counts as often as the query has it, as in both. The
factor (k1 + 1) is the formula's; Lucene dropped it in version 8, since it changes no order. There is no stemming and no
list of stop words: "dog" does not find "dogs", and rare words weigh more than "the" by the formula alone. Korean
suffers more from this than English: a noun and its particle are one word, so 소설을 (object) does not find 소설은
(topic). Pairs of letters, which Lucene's analyzer for Chinese, Japanese and Korean counts too, need no dictionary.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.embeddings.similarity import FloatArray, Metric, assign_ranks, higher_is_closer, order, score

K1: Final = 1.2
"""How soon a word that is repeated stops adding to the score."""
B: Final = 0.75
"""How much a long text loses for its length: 0 nothing, 1 in full proportion."""

_WORD: Final = re.compile(r"\w+")


def split_words(text: str) -> list[str]:
    """Return the words of a text: runs of letters and digits, lower case."""
    return _WORD.findall(text.lower())


def split_pairs(text: str) -> list[str]:
    """Return the neighbouring letters of each word, two by two; a word of one letter stays as it is."""
    words = split_words(text)
    return [pair for word in words for pair in ([word] if len(word) == 1 else map("".join, pairwise(word)))]


class Bm25:
    """Some texts, counted once and then asked many times.

    Parameters
    ----------
    split
        Makes of a text what is counted: words, or pairs of letters.
    """

    def __init__(self, texts: Sequence[str], split: Callable[[str], list[str]] = split_words) -> None:
        self._split = split
        self._counts = [Counter(split(text)) for text in texts]
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
        for word, times in sorted(Counter(self._split(query)).items()):
            frequency = np.array([counts[word] for counts in self._counts], dtype=np.float64)
            total += times * self.weight(word) * frequency * (K1 + 1) / (frequency + self._length_factor)
        return total

    def shared(self, query: str, place: int) -> list[str]:
        """Return the words that a query and a text have in common, the weightiest first."""
        common = set(self._split(query)) & self._counts[place].keys()
        return sorted(common, key=lambda word: (-self.weight(word), word))


@dataclass(frozen=True)
class Hit:
    """One item in both orders.

    Attributes
    ----------
    place
        Its position among the items.
    rank, word_rank
        From 1 on. `word_rank` is None where no word of the question is in the text.
    word_score
        BM25's.
    """

    place: int
    score: float
    rank: int
    word_score: float
    word_rank: int | None


def search(items: FloatArray, query: FloatArray, words: Bm25, text: str, *, metric: Metric) -> tuple[Hit, ...]:
    """Rank all items for a question, best by meaning first.

    Parameters
    ----------
    items, query
        `[item, width]` and `[width]`, in the same space.
    text
        The question as BM25 reads it.
    """
    return _hits(items, query, words, text, metric=metric, without=())


def recommend(
    items: FloatArray, liked: Sequence[int], words: Bm25, texts: Sequence[str], *, metric: Metric
) -> tuple[Hit, ...]:
    """Rank the items a reader does not know yet by those that were liked, best first.

    The question is the mean of the liked vectors; for BM25 it is all words of the liked texts ("more like this").

    Raises
    ------
    ValueError
        If nothing is liked.
    """
    if not liked:
        raise ValueError("nothing is liked: there is nothing to start from")
    asked = "\n".join(texts[place] for place in liked)
    return _hits(items, items[list(liked)].mean(axis=0), words, asked, metric=metric, without=liked)


def _hits(
    items: FloatArray, query: FloatArray, words: Bm25, text: str, *, metric: Metric, without: Sequence[int]
) -> tuple[Hit, ...]:
    by_meaning = score(items, query[None], metric)[0]
    by_words = words.scores(text)
    ordered = order(by_meaning, higher_first=higher_is_closer(metric), without=without)
    word_ranks = assign_ranks(order(by_words, without=without, found=by_words > 0), len(items))
    return tuple(
        Hit(place, float(by_meaning[place]), rank, float(by_words[place]), word_ranks[place])
        for rank, place in enumerate(ordered, start=1)
    )
