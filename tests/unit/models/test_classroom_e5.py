"""What is said of Classroom E5, measured on its weights: what it reads, what it finds, what it can be trained to do."""

from __future__ import annotations

import numpy as np
import pytest

from components.attention.capture import capture
from components.embeddings.corpus import read_shipped as blurbs
from components.embeddings.encode import encode
from components.embeddings.quality import judge
from components.embeddings.search import Bm25
from components.fine_tuning.examples import read_shipped as reviews
from components.models import loaders
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer
from components.tokenizer.trace import TokenizerSpec, trace_text
from components.tokenizer.unigram import UnigramTrace
from tests.one_thread import on_one_thread

MODEL = record("classroom-e5-ko")
SENTENCE = "나는 어제 재미있는 소설을 읽었습니다."

_one_thread = pytest.fixture(on_one_thread, autouse=True)


@pytest.fixture(scope="module")
def tokenizer():
    return SharedTokenizer(load_tokenizer(local_folder(MODEL)))


@pytest.fixture(scope="module")
def encoder(tokenizer):
    return loaders.load(MODEL, local_folder(MODEL), task="feature-extraction", tokenizer=tokenizer)


def vectors_of(encoder, texts):
    return encode(encoder, texts, checkpoint=lambda: None).pooled["mean"]


def test_of_the_korean_reviews_next_to_nothing_is_unknown(tokenizer):
    korean = reviews("korean")
    texts = [each.text for each in (*korean.training, *korean.held_out)]
    tokens = [token for text in texts for token in tokenizer.encode(text, add_special_tokens=False).tokens]
    unknown = tokenizer.token_id("[UNK]")
    ids = [each for text in texts for each in tokenizer.encode(text, add_special_tokens=False).ids]
    assert ids.count(unknown) <= 0.01 * len(ids)
    assert len(tokens) < 2.6 * sum(len(text.split()) for text in texts), "pieces a word: 4.9 by the English BERT"


def test_its_words_are_cut_by_a_lattice_as_the_library_cuts_them(tokenizer):
    traced = trace_text(TokenizerSpec.of(tokenizer.raw), SENTENCE)
    assert all(isinstance(part.trace, UnigramTrace) for part in traced)
    pieces = [piece.token for part in traced for piece in part.pieces]
    assert pieces == tokenizer.encode(SENTENCE, add_special_tokens=False).tokens
    assert max(len(part.trace.edges) for part in traced) > 6, "a lattice with more ways than one"


@pytest.mark.real_model
def test_attention_on_korean_is_that_of_twelve_layers_of_twelve_heads(encoder):
    attention = capture(encoder, SENTENCE).main
    tokens = len(encoder.tokenizer.encode(SENTENCE).ids)
    assert attention.weights.shape == (12, 12, tokens, tokens)
    np.testing.assert_allclose(attention.weights.sum(axis=-1), 1, atol=1e-5)


@pytest.mark.real_model
def test_english_questions_find_what_the_card_says(encoder):
    corpus = blurbs()
    items = vectors_of(encoder, corpus.texts)
    asked = vectors_of(encoder, [question.text for question in corpus.questions])
    found = judge(corpus, items, asked, Bm25(corpus.texts), metric="cosine").model["all"]
    assert found.recall.mean == pytest.approx(0.896, abs=0.001)
    assert found.reciprocal_rank.mean == pytest.approx(0.89, abs=0.01)


@pytest.mark.real_model
def test_a_vector_is_that_of_the_text_after_its_prefix(encoder):
    import torch

    ids = torch.tensor([encoder.tokenizer.encode(f"query: {SENTENCE}").ids])
    with torch.inference_mode():
        expected = encoder.model(input_ids=ids).last_hidden_state[0].mean(dim=0).numpy()
    np.testing.assert_allclose(vectors_of(encoder, [SENTENCE])[0], expected, atol=1e-5)
