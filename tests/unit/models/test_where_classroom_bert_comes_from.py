"""What lessons and model card say of Classroom BERT and of all-MiniLM-L6-v2, its origin, on the real weights.

all-MiniLM-L6-v2 is not part of the project: where nobody has fetched it, what is said of it is not measured again.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import BertModel

from components.embeddings.corpus import read_shipped as blurbs
from components.embeddings.encode import encode
from components.embeddings.quality import judge
from components.embeddings.search import Bm25
from components.fine_tuning.examples import read_shipped as reviews
from components.fine_tuning.measures import mark_right, nearest_means
from components.fine_tuning.run import untouched_vectors
from components.models.registry import DEFAULT_ENCODER, record
from components.models.store import is_local
from tests.unit import built_in

pytestmark = pytest.mark.real_model


@pytest.fixture(scope="module")
def classroom():
    return built_in.encoder(DEFAULT_ENCODER)


@pytest.fixture(scope="module")
def origin():
    model = record(DEFAULT_ENCODER).started_from
    if not is_local(record(model)):
        pytest.skip(f"{model} was not fetched: choose it once in the dashboard's model menu")
    return built_in.encoder(model)


def random_weights(like, seed):
    torch.manual_seed(seed)
    return replace(like, model=BertModel(like.model.config, add_pooling_layer=False).eval().requires_grad_(False))


def found_in_other_words(loaded):
    """Return recall@3 on the questions that share no word with the text."""
    corpus = blurbs()
    texts = (*corpus.texts, *(question.text for question in corpus.questions))
    vectors = encode(loaded, texts, checkpoint=lambda: None).pooled["mean"]
    count = len(corpus.texts)
    judged = judge(corpus, vectors[:count], vectors[count:], Bm25(corpus.texts), metric="cosine")
    return judged.model["other"].recall.mean


def sorted_by_tone(loaded):
    """Return the share of held-out reviews nearest to the mean of their own label, without any training."""
    film = reviews("film")
    training, held_out = (
        untouched_vectors(loaded, [each.text for each in part]) for part in (film.training, film.held_out)
    )
    answers = nearest_means(training, film.classes(film.training), held_out)
    return float(np.mean(mark_right(answers, film.classes(film.held_out))))


def test_what_is_said_of_the_built_in_model(classroom):
    assert found_in_other_words(classroom) == pytest.approx(0.375)
    assert sorted_by_tone(classroom) == pytest.approx(0.76, abs=0.005)


@pytest.mark.thorough
def test_random_weights_find_almost_nothing_and_still_tell_words_apart(classroom):
    models = [random_weights(classroom, seed) for seed in range(1, 4)]
    assert max(found_in_other_words(model) for model in models) < 0.1
    assert np.mean([sorted_by_tone(model) for model in models]) == pytest.approx(0.6, abs=0.02)


def test_what_is_said_of_the_model_it_started_from(origin):
    assert found_in_other_words(origin) == 1
    assert sorted_by_tone(origin) == pytest.approx(0.83, abs=0.005)


def test_the_weights_still_point_the_way_of_those_they_started_from(classroom, origin):
    def cosine(one, other):
        return float((one.flatten() @ other.flatten()) / (one.norm() * other.norm()))

    first, second = dict(classroom.model.named_parameters()), dict(origin.model.named_parameters())
    matrices = [name for name, weights in first.items() if weights.ndim == 2]
    assert np.mean([cosine(first[name], second[name]) for name in matrices]) > 0.9
