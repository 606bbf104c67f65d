"""Both searches judged on questions, and the claims the page makes about the shipped ones."""

from __future__ import annotations

import numpy as np
import pytest

from components.embeddings.bm25 import Bm25
from components.embeddings.corpus import Corpus, Item, Question, shipped
from components.embeddings.encode import encode
from components.embeddings.isotropy import pair_cosines
from components.embeddings.judging import judge, word_order
from components.embeddings.quality import same_theme, same_theme_by_chance
from components.models import loaders
from components.models.registry import DEFAULT_ENCODER, record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer

SMALL = Corpus(
    items=tuple(Item(name, name, f"{name} text") for name in ("a", "b", "c", "d")),
    questions=(
        Question("b", "same", ("b",)),
        Question("zebra", "other", ("d", "c")),
    ),
)


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
    model = record(DEFAULT_ENCODER)
    folder = local_folder(model)
    tokenizer = SharedTokenizer(load_tokenizer(folder))
    loaded = loaders.encoder_of(loaders.load(model, folder, task="fill-mask", tokenizer=tokenizer))
    texts = (*shipped().texts, *(question.text for question in shipped().questions))
    return encode(loaded, texts, checkpoint=lambda: None).pooled


@pytest.mark.real_model
def test_the_embedded_model_finds_what_words_do_not_and_is_not_good_at_it(embedded):
    """What the lesson and the page's own sentence rest on."""
    items, questions = embedded["mean"][:80], embedded["mean"][80:]
    found = judge(shipped(), items, questions, Bm25(shipped().texts), metric="cosine")
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
    themes = [item.theme for item in shipped().items]
    directions = items / np.linalg.norm(items, axis=1, keepdims=True)
    by_meaning = [
        [near for near in np.argsort(-row, kind="stable") if near != place]
        for place, row in enumerate(directions @ directions.T)
    ]
    words = Bm25(shipped().texts)
    by_words = [word_order(words, text, without=[place]) for place, text in enumerate(shipped().texts)]
    assert same_theme(by_meaning, themes) > 2 * same_theme_by_chance(themes)
    assert same_theme(by_words, themes) < same_theme(by_meaning, themes)


@pytest.mark.real_model
def test_maximum_pooling_crowds_the_vectors_as_the_lesson_says(embedded):
    assert pair_cosines(embedded["max"][:80]).mean == pytest.approx(0.9, abs=0.05)
    assert 0.3 < pair_cosines(embedded["mean"][:80]).mean < 0.7


@pytest.mark.real_model
def test_the_texts_that_the_guided_path_names_are_where_it_says(embedded):
    corpus = shipped()
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
