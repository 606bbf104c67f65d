"""What it costs: a step of learning on the screen is the one of what is watched now."""

from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from components.inside.learning import Step
from components.inside.state import Request, Watched
from components.inside.views import time

STEP = Step(2.0, 1.5, 1, 1e-5, {"output": 1.0}, {"output": 0.1})


@pytest.mark.parametrize(("is_causal", "stays"), [(True, True), (False, False)])
def test_a_step_towards_one_word_is_not_shown_for_another(monkeypatch, is_causal, stays):
    learned, said, pressed = [], [], [True, False, False]
    screen = SimpleNamespace(
        session_state={},
        subheader=lambda *_: None,
        caption=lambda *_: None,
        dataframe=lambda *_, **__: None,
        button=lambda *_, **__: pressed.pop(0),
        markdown=said.append,
        spinner=lambda _text: nullcontext(),
    )
    monkeypatch.setattr(time, "st", screen)
    monkeypatch.setattr(time, "load_model", lambda _id: SimpleNamespace())
    monkeypatch.setattr(time, "is_causal", lambda _loaded: is_causal)
    monkeypatch.setattr(time, "_learn", lambda *asked: learned.append(asked) or STEP)
    request = Request("any", "a text with a gap")
    time._draw_learning(request, Watched(3, 4))
    time._draw_learning(request, Watched(3, 5))
    assert len(said) == 2, "it stays while the visitor looks around"
    time._draw_learning(request, Watched(7, 4))
    assert (len(said) == 3) is stays
    assert len(learned) == 1
