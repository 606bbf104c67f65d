"""The fast top-p cuts what transformers' processor cuts, token for token."""

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from transformers import LogitsProcessorList, TemperatureLogitsWarper, TopPLogitsWarper

from components.engines import decoding
from components.engines.decoding import FastTopP, with_fast_top_p

IDS = torch.tensor([[0]])


def same(scores, p):
    fast, exact = FastTopP(TopPLogitsWarper(p)), TopPLogitsWarper(p)
    assert torch.equal(fast(IDS, scores), exact(IDS, scores))
    return fast.asked


@given(
    st.lists(st.floats(-30, 30, width=32), min_size=2, max_size=50).map(lambda row: torch.tensor([row])),
    st.floats(0.001, 0.999),
)
@example(torch.zeros(1, 4), 0.5)
@example(torch.tensor([[1.0, -torch.inf, -torch.inf]]), 0.9)
@example(torch.tensor([[0.5, 0.25, 0.25]]).log(), 0.75)
def test_any_scores(scores, p):
    same(scores, p)


@pytest.mark.parametrize("spread", [0.5, 3.0, 8.0])
@pytest.mark.parametrize("p", [0.3, 0.9, 0.95, 0.999])
def test_a_whole_vocabulary(spread, p):
    generator = torch.Generator().manual_seed(1)
    for _ in range(10):
        same(torch.randn(1, 50_257, generator=generator) * spread, p)


def test_a_nearly_flat_distribution_is_left_to_the_processor():
    assert same(torch.randn(1, 50_257, generator=torch.Generator().manual_seed(1)) * 0.5, 0.9) == 1


def test_peaked_scores_are_settled_without_asking():
    generator = torch.Generator().manual_seed(1)
    asked = [same(torch.randn(1, 50_257, generator=generator) * 8.0, 0.9) for _ in range(50)]
    assert sum(asked) <= 5


def test_a_nucleus_larger_than_what_is_looked_at(monkeypatch):
    monkeypatch.setattr(decoding, "_MOST_KEPT", 3)
    assert same(torch.arange(10.0)[None] / 10, 0.9) == 1
    assert same(torch.arange(10.0)[None] * 5, 0.9) == 0


def test_only_top_p_is_replaced():
    given = LogitsProcessorList([TemperatureLogitsWarper(0.5), TopPLogitsWarper(0.9)])
    replaced = with_fast_top_p(given)
    assert replaced[0] is given[0]
    assert isinstance(replaced[1], FastTopP)
    scores = torch.from_numpy(np.random.default_rng(0).normal(size=(1, 500)).astype(np.float32))
    assert torch.equal(replaced(IDS, scores), given(IDS, scores))
