"""What the page remembers of a text must not keep a model in memory that is unloaded."""

from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace

import pytest
import torch

from components.inside import state
from tests.unit.inside.networks import TEXTS, load


def test_what_is_remembered_of_a_text_keeps_no_model(monkeypatch):
    loaded = load("gpt2")
    at_hand = [loaded]
    monkeypatch.setattr(state, "load_model", lambda _model: at_hand[0])
    request = state.Request("a tiny network", TEXTS["gpt2"][0])
    first, plain = state.pass_of(request), state.plain_pass_of(request)
    assert state.is_read(request)
    model = weakref.ref(loaded.model)
    del loaded, first, plain
    at_hand.clear()
    gc.collect()
    assert model() is None
    at_hand.append(load("gpt2"))
    assert state.is_read(request), "the pass itself is still remembered"
    assert state.pass_of(request).loaded is at_hand[0]


@pytest.fixture
def run_of(monkeypatch):
    """Return which texts were really read; each takes as many MB as it has characters, of no real memory."""
    done = []

    def run(request, *, in_detail):
        done.append((request.text[0], in_detail))
        stream = torch.empty(len(request.text) * 2**20, dtype=torch.uint8, device="meta")
        trace = SimpleNamespace(mixed={}, normed={}, parts={})
        return {"streams": {"embedding": stream}, "added": {}, "trace": trace, "layers": ()}

    monkeypatch.setattr(state, "_run", run)
    monkeypatch.setattr(state, "load_model", lambda _model: None)
    monkeypatch.setattr(state, "Pass", lambda _loaded, **found: found)
    for cache in (state._in_detail, state._plain):
        cache.clear()
    yield done
    for cache in (state._in_detail, state._plain):
        cache.clear()


def test_a_pass_too_large_for_all_is_remembered_alone(run_of):
    large = state.Request("any", "b" * 300)
    for request in (state.Request("any", "a" * 100), large, large):  # a page asks for its pass many times in each run
        state.pass_of(request)
        state.plain_pass_of(request)
    assert state.is_read(large)
    assert run_of == [("a", True), ("a", False), ("b", True), ("b", False)]
