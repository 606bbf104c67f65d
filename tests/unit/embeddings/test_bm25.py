"""BM25 against its formula, worked out by hand in exact fractions, and against a library."""

from __future__ import annotations

import math
from fractions import Fraction

import bm25s
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.embeddings.bm25 import K1, B, Bm25, words
from components.embeddings.corpus import shipped

TEXTS = ["The dog and the cat", "a dog", "cats, many cats!", "한글 문장 하나"]


def by_hand(query, place):
    counts = [[word for word in words(text)] for text in TEXTS]
    mean = Fraction(sum(map(len, counts)), len(counts))
    k1, b, total = Fraction(6, 5), Fraction(3, 4), 0.0
    for word in words(query):
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
        "\n".join(shipped().texts[:2]),  # "more like this" asks with whole texts
    ],
)
def test_scores_are_those_of_a_library_that_follows_lucene(query):
    library = bm25s.BM25(method="lucene", k1=K1, b=B, dtype="float64")
    library.index([words(text) for text in shipped().texts], show_progress=False)
    expected = (K1 + 1) * library.get_scores(words(query))  # Lucene leaves this factor out
    assert Bm25(shipped().texts).scores(query).tolist() == pytest.approx(expected.tolist())


def test_a_repeated_word_counts_as_often_as_it_is_asked_for():
    found = Bm25(TEXTS)
    assert found.scores("dog dog the").tolist() == pytest.approx(
        (2 * found.scores("dog") + found.scores("the")).tolist()
    )


def test_there_is_no_stemming():
    scores = Bm25(TEXTS).scores("cat")
    assert scores[0] > 0
    assert scores[2] == 0


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
