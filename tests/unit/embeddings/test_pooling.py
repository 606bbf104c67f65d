"""Pooling, against sentence-transformers' formulas written out in torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from components.embeddings.pooling import POOLINGS, pool

RANDOM = np.random.default_rng(0)
TOKENS = RANDOM.normal(size=(4, 6, 5)).astype(np.float32)
MASK = np.arange(6) < np.array([6, 1, 3, 4])[:, None]


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
