"""Pooling as sentence-transformers does it; encoding as transformers does it, in any batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from components.embeddings.encode import MOST_TOKENS, POOLINGS, NothingToRead, encode, pool
from components.models import loaders
from components.models.registry import DEFAULT_DECODER, DEFAULT_ENCODER, record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer
from tests.unit import built_in
from tests.unit.models import tiny

RANDOM = np.random.default_rng(0)
TOKENS = RANDOM.normal(size=(4, 6, 5)).astype(np.float32)
MASK = np.arange(6) < np.array([6, 1, 3, 4])[:, None]


TEXTS = ["a good novel.", "well", "novel reads well . a good novel reads well .", "a a a"]


def as_sentence_transformers_does(how):
    tokens, mask = torch.tensor(TOKENS), torch.tensor(MASK)
    expanded = mask.unsqueeze(-1).expand(tokens.size()).float()
    match how:
        case "mean":
            return torch.sum(tokens * expanded, 1) / torch.clamp(expanded.sum(1), min=1e-9)
        case "max":
            filled = tokens.clone()
            filled[expanded == 0] = -1e9
            return torch.max(filled, 1)[0]
        case "cls":
            return tokens[:, 0]
        case "last":
            return torch.stack([text[int(each.sum()) - 1] for text, each in zip(tokens, mask, strict=True)])


@pytest.mark.parametrize("how", POOLINGS)
def test_it_equals_the_formula(how):
    found = pool(TOKENS, MASK, how)
    assert found.shape == (4, 5)
    np.testing.assert_allclose(found, as_sentence_transformers_does(how).numpy(), rtol=1e-6)


@pytest.mark.parametrize("how", POOLINGS)
def test_padding_does_not_count(how):
    other = np.where(MASK[..., None], TOKENS, np.float32(99))
    np.testing.assert_array_equal(pool(other, MASK, how), pool(TOKENS, MASK, how))


@pytest.mark.parametrize("how", POOLINGS)
def test_one_token_is_its_own_pool(how):
    np.testing.assert_array_equal(pool(TOKENS, MASK, how)[1], TOKENS[1, 0])


@pytest.mark.parametrize("how", POOLINGS)
def test_a_text_without_a_token_is_refused(how):
    with pytest.raises(ValueError, match="text 2 has no token"):
        pool(TOKENS, MASK & (np.arange(4) != 2)[:, None], how)


@pytest.fixture(scope="module", params=["bert", "gpt2", "roberta"])
def model(request, tmp_path_factory):
    saved = tiny.save(request.param, tmp_path_factory.mktemp(request.param))
    tokenizer = SharedTokenizer(load_tokenizer(saved.folder))
    loaded = loaders.load(saved.record, saved.folder, task=saved.record.task, tokenizer=tokenizer)
    return loaders.encoder_of(loaded)


def go_on() -> None:
    pass


@pytest.mark.parametrize("how", POOLINGS)
def test_a_text_has_the_same_vector_alone_and_among_others(model, how):
    together = encode(model, TEXTS, checkpoint=go_on).pooled[how]
    for place, text in enumerate(TEXTS):
        alone = encode(model, [text], checkpoint=go_on).pooled[how][0]
        np.testing.assert_allclose(together[place], alone, rtol=1e-4, atol=1e-5)


def test_the_mean_is_that_of_the_last_layer(model):
    ids = model.tokenizer.encode(TEXTS[0]).ids
    with torch.inference_mode():
        expected = model.model(torch.tensor([ids])).last_hidden_state[0].mean(dim=0)
    found = encode(model, TEXTS, checkpoint=go_on)
    np.testing.assert_allclose(found.pooled["mean"][0], expected.numpy(), rtol=1e-4, atol=1e-5)
    assert found.tokens[0] == len(ids)


def test_a_long_text_is_cut_where_the_positions_end_and_said_to_be(model):
    limit = min(MOST_TOKENS, model.shape.positions)
    found = encode(model, ["a " * 40, "a"], checkpoint=go_on)
    assert found.cut == (True, False)
    assert found.tokens == (limit, 1)


def test_a_text_without_a_token_is_named(model):
    with pytest.raises(NothingToRead) as raised:
        encode(model, ["a", "  "], checkpoint=go_on)
    assert raised.value.values["text"] == "  "


def test_it_can_be_stopped(model):
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        encode(model, TEXTS, checkpoint=stop)


@pytest.mark.real_model
@pytest.mark.parametrize("model_id", [DEFAULT_ENCODER, DEFAULT_DECODER])
def test_the_embedded_models_agree_with_transformers_own_batches(model_id):
    """A padded, truncated batch of the library's own tokenizer, pooled by sentence-transformers' formula."""
    from transformers import AutoModel, AutoTokenizer

    folder = local_folder(record(model_id))
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="right")
    tokenizer.pad_token = tokenizer.pad_token or tokenizer.eos_token
    texts = ["A dog waits.", "word " * 400, "Zürich \u202e한글 🙂"]
    batch = tokenizer(texts, padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt")
    bare = AutoModel.from_pretrained(folder, dtype=torch.float32).eval()
    with torch.inference_mode():
        tokens = bare(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1).float()
    expected = (tokens * mask).sum(1) / torch.clamp(mask.sum(1), min=1e-9)

    found = encode(built_in.encoder(model_id), texts, checkpoint=go_on)
    assert found.cut == (False, True, False)
    np.testing.assert_allclose(found.pooled["mean"], expected.numpy(), rtol=1e-3, atol=1e-4)
