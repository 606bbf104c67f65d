"""What the page remembers of a text must not keep a model in memory that is unloaded."""

from __future__ import annotations

import gc
import weakref

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
