"""What is said of Classroom E5, measured on its weights: what it reads, what it finds, what it can be trained to do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from components.attention.capture import capture
from components.embeddings.corpus import LANGUAGES
from components.embeddings.corpus import read_shipped as blurbs
from components.embeddings.encode import encode
from components.embeddings.quality import judge_crossings
from components.fine_tuning.examples import read_shipped as reviews
from components.tokenizer.trace import TokenizerSpec, trace_text
from components.tokenizer.unigram import UnigramTrace
from tests.unit import built_in

MODEL = "classroom-e5-ko"
SENTENCE = "나는 어제 재미있는 소설을 읽었습니다."


@pytest.fixture
def tokenizer():
    return built_in.tokenizer(MODEL)


@pytest.fixture(scope="module")
def encoder(classroom_e5_ko):
    return classroom_e5_ko


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


@pytest.fixture(scope="module")
def crossings(encoder):
    return measure_crossings(encoder)


def measure_crossings(encoder):
    corpora = {code: blurbs(code) for code in LANGUAGES}
    items = {code: vectors_of(encoder, corpus.texts) for code, corpus in corpora.items()}
    asked = {code: vectors_of(encoder, [each.text for each in corpus.questions]) for code, corpus in corpora.items()}
    return judge_crossings(corpora, items, asked, kind="raw", metric="cosine")


@pytest.mark.real_model
@pytest.mark.parametrize(
    ("asked", "told", "recall", "reciprocal_rank"),
    [("en", "en", 0.896, 0.89), ("en", "ko", 0.813, 0.71), ("ko", "en", 0.771, 0.72), ("ko", "ko", 0.75, 0.68)],
)
def test_questions_find_what_the_card_says(crossings, asked, told, recall, reciprocal_rank):
    found = crossings[asked, told]
    assert found.recall.mean == pytest.approx(recall, abs=0.022)  # half a question
    assert found.reciprocal_rank.mean == pytest.approx(reciprocal_rank, abs=0.02)
    assert found.recall.interval[0] > 0.5, "shuffled texts have 0.04"


@pytest.mark.real_model
def test_the_prefix_decides_little(encoder, crossings):
    """As the card says: with and without it, recall differs by at most one question of 24, in either direction."""
    plain = replace(encoder, record=replace(encoder.record, prefix=""))
    without = measure_crossings(plain)
    differences = [24 * (crossings[each].recall.mean - without[each].recall.mean) for each in crossings]
    assert max(map(abs, differences)) < 1.01
    assert min(differences) < 0 < max(differences)


@pytest.mark.real_model
def test_a_vector_is_that_of_the_text_after_its_prefix(encoder):
    import torch

    ids = torch.tensor([encoder.tokenizer.encode(f"query: {SENTENCE}").ids])
    with torch.inference_mode():
        expected = encoder.model(input_ids=ids).last_hidden_state[0].mean(dim=0).numpy()
    np.testing.assert_allclose(vectors_of(encoder, [SENTENCE])[0], expected, atol=1e-5)
