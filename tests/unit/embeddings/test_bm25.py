"""BM25 against its formula, worked out by hand in exact fractions."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.embeddings.bm25 import Bm25, words

TEXTS = ["The dog and the cat", "a dog", "cats, many cats!", "한글 문장 하나"]


def by_hand(query, place):
    counts = [[word for word in words(text)] for text in TEXTS]
    mean = Fraction(sum(map(len, counts)), len(counts))
    k1, b, total = Fraction(6, 5), Fraction(3, 4), 0.0
    for word in set(words(query)):
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
