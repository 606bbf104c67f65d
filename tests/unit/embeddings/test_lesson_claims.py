"""What the lesson says as a fact, held against the texts and the models."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from components.core.i18n import LANGUAGES
from components.embeddings.corpus import parse_list, read_shipped
from components.embeddings.encode import encode
from components.embeddings.search import Bm25, split_pairs, split_words
from components.embeddings.similarity import order, pair_cosines, score, unit
from components.ui.guide.lesson import lesson
from tests.unit import built_in

E5 = "classroom-e5-ko"


def cards_with(name: str, value: str, lang: str = "en"):
    return [card for card in lesson("embeddings", lang).cards if card.values.get(name) == value]


@cache
def pooled(model_id: str, *texts: str):
    return encode(built_in.encoder(model_id), texts, checkpoint=lambda: None).pooled


def vectors_of(texts, model_id=E5, pooling="mean"):
    return pooled(model_id, *texts)[pooling]


def test_the_keyword_search_has_only_of_to_go_by():
    corpus = read_shipped()
    words = {word for text in corpus.texts for word in split_words(text)}
    assert not words & {"mountaineering", "tragedy", "robbery", "works", "art"}
    scores = Bm25(corpus.texts).scores("robbery of works of art")
    assert corpus.items[int(scores.argmax())].id == "the-drowned-bell"


def test_a_korean_particle_hides_a_noun_from_the_keyword_search():
    corpus = read_shipped("ko")
    card, *_others = cards_with("query", "미술관의 그림", "ko")
    text = corpus.texts[corpus.place("the-quiet-thief")]
    assert "미술관에서" in text
    assert "그림을" in text
    assert not Bm25(corpus.texts).scores(card.values["query"]).any()
    assert not Bm25(corpus.texts).scores("등산 참사").any()
    assert Bm25(corpus.texts, split_pairs).scores(card.values["query"]).argmax() == corpus.place("the-quiet-thief")


@pytest.mark.real_model
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_map_shows_less_than_a_tenth_of_the_differences_and_other_neighbours(lang):
    [card] = cards_with("view", "map", lang)
    items = vectors_of(read_shipped(lang).texts)
    asked = vectors_of([card.values["query"]])
    nearest = order(score(items, asked, "cosine")[0])[:3]
    principal = PCA(items, asked)
    assert principal.share < 0.1
    on_the_map = np.linalg.norm(principal.points - principal.query, axis=1).argsort()[:3]
    assert not set(nearest) & set(on_the_map.tolist())


class PCA:
    """Two principal components by the eigenvectors of the covariance, another way than the page's."""

    def __init__(self, items, asked):
        centred = items - items.mean(axis=0)
        sizes, directions = np.linalg.eigh(np.cov(centred, rowvar=False))
        self.share = sizes[-2:].sum() / sizes.sum()
        self.points = centred @ directions[:, -2:]
        self.query = (asked - items.mean(axis=0)) @ directions[:, -2:]


@pytest.mark.real_model
@pytest.mark.parametrize(
    ("query", "item", "rank"),
    [
        ("역에서 주인을 기다리는 개", "the-dog-who-waited", 1),
        ("등산 참사", "the-mountain-does-not-care", 1),
        ("등반 사고", "the-mountain-does-not-care", 10),
        ("미술관의 그림", "the-quiet-thief", 1),
    ],
)
def test_the_ranks_that_the_korean_lesson_names(query, item, rank):
    corpus = read_shipped("ko")
    cosines = score(vectors_of(corpus.texts), vectors_of([query]), "cosine")[0]
    assert order(cosines).index(corpus.place(item)) + 1 == rank
    prose = lesson("embeddings", "ko")
    assert query in str(prose) or query in [card.values.get("query") for card in prose.cards]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_token_bank_ends_all_four_texts_at_one_position(lang):
    [card] = cards_with("view", "heatmap", lang)
    tokenizer = built_in.tokenizer("classroom-gpt2")
    ids = [tokenizer.encode(text).ids for text in parse_list(card.values["list"]).corpus.texts]
    assert len(ids) == 4
    assert len({(len(each), each[-1]) for each in ids}) == 1


@pytest.mark.real_model
def test_after_the_last_layer_the_same_meanings_of_bank_are_the_closest_pairs():
    [card] = cards_with("view", "heatmap")
    directions = unit(vectors_of(parse_list(card.values["list"]).corpus.texts, "classroom-gpt2", "last"))
    cosines = directions @ directions.T
    across = cosines[:2, 2:]
    assert min(cosines[0, 1], cosines[2, 3]) > across.max()
    assert max(cosines[0, 1], cosines[2, 3]) < 0.85


@pytest.mark.real_model
@pytest.mark.parametrize(("lang", "denial"), [("en", "no cheap flights"), ("ko", "싼 항공권 없음")])
def test_a_denial_is_nearest_to_what_it_denies_and_far_from_another_topic(lang, denial):
    [card] = [card for card in lesson("embeddings", lang).cards if card.look == "query"]
    texts = parse_list(card.values["list"]).corpus.texts
    cosines = score(vectors_of(texts), vectors_of([denial]), "cosine")[0]
    assert list(np.argsort(-cosines)[:2]) == [0, 1]
    assert cosines[1] - cosines[2:].max() > 0.05


@pytest.mark.real_model
@pytest.mark.parametrize("lang", LANGUAGES)
def test_two_random_blurbs_have_a_cosine_of_about_nine_tenths(lang):
    [card] = cards_with("view", "isotropy", lang)
    cosines = pair_cosines(vectors_of(read_shipped(card.values["texts"]).texts, pooling="cls"))
    assert len(cosines.values) == 3_160
    assert cosines.mean == pytest.approx(0.9, abs=0.01)
    assert cosines.values.min() > 0.8
