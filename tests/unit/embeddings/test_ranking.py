"""Both orders of a search and of a recommendation."""

from __future__ import annotations

import numpy as np
import pytest

from components.embeddings.bm25 import Bm25
from components.embeddings.ranking import recommend, search

TEXTS = ["red apple", "green pear", "red car", "blue boat"]
ITEMS = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [-1.0, 0.0]])


def test_a_search_ranks_every_item_by_meaning_and_those_with_a_word_by_words():
    hits = search(ITEMS, np.array([1.0, 0.05]), Bm25(TEXTS), "red", metric="cosine")
    assert [hit.place for hit in hits] == [0, 1, 2, 3]
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.word_rank for hit in hits] == [1, None, 2, None]


def test_a_distance_ranks_the_smallest_first():
    hits = search(ITEMS, np.array([0.0, 0.9]), Bm25(TEXTS), "", metric="euclidean")
    assert hits[0].place == 2
    assert [hit.score for hit in hits] == sorted(hit.score for hit in hits)


def test_what_is_liked_is_not_recommended():
    hits = recommend(ITEMS, [0, 2], Bm25(TEXTS), TEXTS, metric="cosine")
    assert {hit.place for hit in hits} == {1, 3}
    assert [hit.word_rank for hit in hits] == [None, None]  # no other text is red, an apple or a car


def test_a_recommendation_starts_from_the_mean_of_what_is_liked():
    liked = recommend(ITEMS, [0, 2], Bm25(TEXTS), TEXTS, metric="dot")
    asked = search(ITEMS, np.array([0.5, 0.5]), Bm25(TEXTS), "", metric="dot")
    scores = {hit.place: hit.score for hit in asked}
    assert all(hit.score == scores[hit.place] for hit in liked)


def test_one_liked_text_asks_for_its_own_neighbours():
    assert recommend(ITEMS, [1], Bm25(TEXTS), TEXTS, metric="cosine")[0].place == 0


def test_nothing_liked_is_refused():
    with pytest.raises(ValueError, match="nothing is liked"):
        recommend(ITEMS, [], Bm25(TEXTS), TEXTS, metric="cosine")
