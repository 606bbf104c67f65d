"""One question, two answers: the order by meaning (vectors) and the order by words (BM25), item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from components.embeddings.bm25 import Bm25
from components.embeddings.scores import FloatArray, Metric, higher_is_closer, order, ranks, score


@dataclass(frozen=True)
class Hit:
    """One item in both orders.

    Attributes
    ----------
    place
        Where it stands among the items.
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
    word_ranks = ranks(order(by_words, without=without, found=by_words > 0), len(items))
    return tuple(
        Hit(place, float(by_meaning[place]), rank, float(by_words[place]), word_ranks[place])
        for rank, place in enumerate(ordered, start=1)
    )
