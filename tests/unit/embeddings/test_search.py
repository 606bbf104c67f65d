"""BM25 by hand and against a library; both orders of a search and of a recommendation."""

from __future__ import annotations

import math
from fractions import Fraction

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.embeddings.corpus import read_shipped
from components.embeddings.search import K1, B, Bm25, recommend, search, split_pairs, split_words

TEXTS = ["The dog and the cat", "a dog", "cats, many cats!", "한글 문장 하나"]


ITEM_TEXTS = ["red apple", "green pear", "red car", "blue boat"]
ITEMS = np.array([[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [-1.0, 0.0]])


def by_hand(query, place):
    counts = [[word for word in split_words(text)] for text in TEXTS]
    mean = Fraction(sum(map(len, counts)), len(counts))
    k1, b, total = Fraction(6, 5), Fraction(3, 4), 0.0
    for word in split_words(query):
        having = sum(word in each for each in counts)
        weight = math.log(1 + (len(TEXTS) - having + 0.5) / (having + 0.5))
        frequency = counts[place].count(word)
        total += weight * float(
            frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * Fraction(len(counts[place])) / mean))
        )
    return total


@pytest.mark.parametrize("query", ["dog", "the dog", "Cats", "문장", "dog dog dog", "zebra", ""])
def test_scores_equal_the_formula(query):
    found = Bm25(TEXTS).scores(query)
    assert found.tolist() == pytest.approx([by_hand(query, place) for place in range(len(TEXTS))])


@pytest.mark.parametrize(
    "query",
    [
        "the stolen the stolen painting of the museum",
        "a ghost in an old hotel",
        "\n".join(read_shipped().texts[:2]),  # "more like this" asks with whole texts
    ],
)
def test_scores_are_those_of_a_library_that_follows_lucene(query):
    library = bm25s.BM25(method="lucene", k1=K1, b=B, dtype="float64")
    library.index([split_words(text) for text in read_shipped().texts], show_progress=False)
    expected = (K1 + 1) * library.get_scores(split_words(query))  # Lucene leaves this factor out
    assert Bm25(read_shipped().texts).scores(query).tolist() == pytest.approx(expected.tolist())


def test_a_repeated_word_counts_as_often_as_it_is_asked_for():
    found = Bm25(TEXTS)
    assert found.scores("dog dog the").tolist() == pytest.approx(
        (2 * found.scores("dog") + found.scores("the")).tolist()
    )


def test_there_is_no_stemming():
    scores = Bm25(TEXTS).scores("cat")
    assert scores[0] > 0
    assert scores[2] == 0


def test_a_korean_noun_with_another_particle_is_found_by_pairs_of_letters_only():
    texts = ["소설을 읽었다", "그림을 그렸다"]
    assert split_pairs("소설은 A") == ["소설", "설은", "a"]
    assert Bm25(texts).scores("소설은").tolist() == [0, 0]
    found = Bm25(texts, split_pairs)
    assert found.scores("소설은")[0] > 0 == found.scores("소설은")[1]
    assert found.shared("소설은", 0) == ["소설"]


def test_a_rare_word_weighs_more():
    found = Bm25(TEXTS)
    assert found.weight("cat") > found.weight("dog") > 0


def test_shared_words_come_the_weightiest_first():
    assert Bm25(TEXTS).shared("the cat of a dog", 0) == ["cat", "the", "dog"]


@given(st.lists(st.text(max_size=30), min_size=1, max_size=6), st.text(max_size=30))
def test_only_texts_that_share_a_word_score(texts, query):
    found = Bm25(texts)
    for place, score in enumerate(found.scores(query)):
        assert math.isfinite(score)
        assert (score > 0) == bool(found.shared(query, place))


def test_texts_without_any_word_can_be_searched():
    assert Bm25(["!!!", "…"]).scores("x").tolist() == [0, 0]


def test_a_search_ranks_every_item_by_meaning_and_those_with_a_word_by_words():
    hits = search(ITEMS, np.array([1.0, 0.05]), Bm25(ITEM_TEXTS), "red", metric="cosine")
    assert [hit.place for hit in hits] == [0, 1, 2, 3]
    assert [hit.rank for hit in hits] == [1, 2, 3, 4]
    assert [hit.word_rank for hit in hits] == [1, None, 2, None]


def test_a_distance_ranks_the_smallest_first():
    hits = search(ITEMS, np.array([0.0, 0.9]), Bm25(ITEM_TEXTS), "", metric="euclidean")
    assert hits[0].place == 2
    assert [hit.score for hit in hits] == sorted(hit.score for hit in hits)


def test_what_is_liked_is_not_recommended():
    hits = recommend(ITEMS, [0, 2], Bm25(ITEM_TEXTS), ITEM_TEXTS, metric="cosine")
    assert {hit.place for hit in hits} == {1, 3}
    assert [hit.word_rank for hit in hits] == [None, None]  # no other text is red, an apple or a car


def test_a_recommendation_starts_from_the_mean_of_what_is_liked():
    liked = recommend(ITEMS, [0, 2], Bm25(ITEM_TEXTS), ITEM_TEXTS, metric="dot")
    asked = search(ITEMS, np.array([0.5, 0.5]), Bm25(ITEM_TEXTS), "", metric="dot")
    scores = {hit.place: hit.score for hit in asked}
    assert all(hit.score == scores[hit.place] for hit in liked)


def test_one_liked_text_asks_for_its_own_neighbours():
    assert recommend(ITEMS, [1], Bm25(ITEM_TEXTS), ITEM_TEXTS, metric="cosine")[0].place == 0


def test_nothing_liked_is_refused():
    with pytest.raises(ValueError, match="nothing is liked"):
        recommend(ITEMS, [], Bm25(ITEM_TEXTS), ITEM_TEXTS, metric="cosine")
