"""Measures of a search, by hand and against every possible shuffle, and on the shipped questions."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from components.embeddings.corpus import Corpus, Item, Question, read_shipped
from components.embeddings.encode import encode
from components.embeddings.quality import (
    Mean,
    average,
    expect_by_chance,
    judge,
    measure_questions,
    recall,
    reciprocal_rank,
    same_theme,
    same_theme_by_chance,
    word_order,
)
from components.embeddings.search import Bm25
from components.embeddings.similarity import pair_cosines
from components.models.registry import DEFAULT_ENCODER
from tests.unit import built_in

SMALL = Corpus(
    items=tuple(Item(name, name, f"{name} text") for name in ("a", "b", "c", "d")),
    questions=(
        Question("b", "same", ("b",)),
        Question("zebra", "other", ("d", "c")),
    ),
)


def test_recall_counts_the_right_ones_among_the_first_three():
    assert recall([5, 1, 2, 3], [1]) == 1
    assert recall([5, 1, 2, 3], [3]) == 0
    assert recall([5, 1, 2, 3], [1, 3]) == 0.5


def test_reciprocal_rank_looks_at_the_first_right_one_only():
    assert reciprocal_rank([5, 1, 2, 3], [3, 1]) == 0.5
    assert reciprocal_rank([5, 1], [4]) == 0
    assert reciprocal_rank([], [4]) == 0


def test_measured_is_the_mean_over_questions():
    found = average(measure_questions([[0, 1, 2, 3], [3, 2, 1, 0]], [[0], [0]]))
    assert (found.recall.mean, found.reciprocal_rank.mean) == (0.5, (1 + 1 / 4) / 2)


@pytest.mark.parametrize("right", [[0], [0, 3], [1, 2, 4]])
def test_chance_is_the_mean_over_all_shuffles(right):
    shuffles = list(permutations(range(5)))
    expected = average(measure_questions(shuffles, [right] * len(shuffles)))
    found = expect_by_chance(5, [right])
    assert found.recall.mean == pytest.approx(expected.recall.mean)
    assert found.reciprocal_rank.mean == pytest.approx(expected.reciprocal_rank.mean)
    assert found.recall.interval is None, "chance is exact"


def test_an_interval_holds_the_true_mean_about_as_often_as_it_says():
    """Of 400 samples of 24 questions; the percentile interval of so few is known to be a little too narrow."""
    chance = np.random.default_rng(7)
    draws = chance.random((400, 24, 2)) < 0.4
    found = [average(draw.astype(float)).recall.interval for draw in draws]
    assert 0.9 < np.mean([low <= 0.4 <= high for low, high in found]) < 0.97


def test_an_interval_is_the_same_each_time():
    values = np.random.default_rng(1).random((24, 2))
    assert average(values) == average(values.copy())


def test_questions_that_all_came_out_alike_have_no_interval():
    assert average(np.array([[1.0, 0.5], [1.0, 1.0]])).recall == Mean(1.0, None)


def test_a_difference_is_taken_question_by_question():
    """Two searches that rise and fall together differ by less than their own intervals are wide."""
    first = np.tile([[0.0, 0.0], [1.0, 1.0]], (12, 1))
    second = first - 0.1
    second[0] -= 0.1
    low, high = average(first - second).recall.interval
    assert high - low < 0.02
    assert np.ptp(average(first).recall.interval) > 0.3


def test_same_theme_looks_at_five_neighbours_and_counts_missing_ones_as_wrong():
    themes = ["a", "a", "a", "b"]
    assert same_theme([[1, 2, 3], [0, 2, 3], [], [0, 1, 2]], themes) == (2 + 2) / 20


def test_same_theme_by_chance_is_the_share_of_pairs():
    assert same_theme_by_chance(["a", "a", "b"]) == pytest.approx(2 / 6)


def test_groups_ranks_and_measures_by_hand():
    questions = np.array([[0.0, 1.0, 0.5, 0.1], [0.9, 0.8, 0.7, 0.1]])
    found = judge(SMALL, np.eye(4), questions, Bm25(SMALL.texts), metric="dot")
    assert found.ranks == (1, 3)
    assert found.word_ranks == (1, None)
    assert [found.model[group].recall.mean for group in ("same", "other", "all")] == [1, 0.5, 0.75]
    assert found.model["other"].reciprocal_rank.mean == pytest.approx(1 / 3)
    assert (found.words["same"].recall.mean, found.words["other"].recall.mean) == (1, 0)
    assert found.difference["all"].recall.mean == pytest.approx(0.25)


def test_words_find_only_texts_that_share_one():
    assert word_order(Bm25(SMALL.texts), "c a", without=[0]) == [2]
    assert word_order(Bm25(SMALL.texts), "zebra") == []


@pytest.fixture(scope="module")
def embedded():
    texts = (*read_shipped().texts, *(question.text for question in read_shipped().questions))
    return encode(built_in.encoder(DEFAULT_ENCODER), texts, checkpoint=lambda: None).pooled


@pytest.mark.real_model
def test_the_embedded_model_finds_what_words_do_not_and_is_not_good_at_it(embedded):
    """What the lesson and the page's own sentence rest on."""
    items, questions = embedded["mean"][:80], embedded["mean"][80:]
    found = judge(read_shipped(), items, questions, Bm25(read_shipped().texts), metric="cosine")
    assert found.words["same"].recall.mean == 1
    assert found.words["other"].recall.mean == 0
    assert found.chance["other"].recall.mean < found.model["other"].recall.mean < 0.6
    assert found.model["same"].recall.mean > 0.9
    low, high = found.difference["all"].recall.interval
    assert 0 < low < 0.1, "better than words alone, maybe by little"
    assert 0.3 < high < 0.4, "or by much"


@pytest.mark.real_model
def test_neighbours_share_a_theme_more_often_than_by_words_or_chance(embedded):
    items = embedded["mean"][:80]
    themes = [item.theme for item in read_shipped().items]
    directions = items / np.linalg.norm(items, axis=1, keepdims=True)
    by_meaning = [
        [near for near in np.argsort(-row, kind="stable") if near != place]
        for place, row in enumerate(directions @ directions.T)
    ]
    words = Bm25(read_shipped().texts)
    by_words = [word_order(words, text, without=[place]) for place, text in enumerate(read_shipped().texts)]
    assert same_theme(by_meaning, themes) > 2 * same_theme_by_chance(themes)
    assert same_theme(by_words, themes) < same_theme(by_meaning, themes)


@pytest.mark.real_model
def test_maximum_pooling_crowds_the_vectors_as_the_lesson_says(embedded):
    assert pair_cosines(embedded["max"][:80]).mean == pytest.approx(0.9, abs=0.05)
    assert 0.3 < pair_cosines(embedded["mean"][:80]).mean < 0.7


@pytest.mark.real_model
def test_the_texts_that_the_guided_path_names_are_where_it_says(embedded):
    corpus = read_shipped()
    asked = {question.text: 80 + place for place, question in enumerate(corpus.questions)}
    directions = embedded["mean"] / np.linalg.norm(embedded["mean"], axis=1, keepdims=True)

    def rank(question, item_id):
        order = np.argsort(-(directions[:80] @ directions[asked[question]]), kind="stable").tolist()
        return order.index(corpus.place(item_id)) + 1

    words = Bm25(corpus.texts)
    assert rank("mountaineering tragedy", "the-mountain-does-not-care") == 1
    assert word_order(words, "mountaineering tragedy") == []
    assert word_order(words, "climbers") == [corpus.place("the-mountain-does-not-care")]
    assert rank("robbery of works of art", "the-quiet-thief") == 1
    assert {shared for place in range(80) for shared in words.shared("robbery of works of art", place)} == {"of"}
    assert rank("spies reading encrypted telegrams", "the-code-breakers") > 10
    assert corpus.place("the-code-breakers") not in word_order(words, "spies reading encrypted telegrams")
