"""What it costs: a step of learning on the screen is the one of what is watched now."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from components.inside.errors import TooShortToLearn
from components.inside.learning import Step
from components.inside.state import Request, Watched
from components.inside.views import time
from components.models.errors import NotEnoughMemory

TEXT = Request("any", "a text with a gap")
STEP = Step(2.0, 1.5, 1, 1e-5, {"output": 1.0}, {"output": 0.1})


def screen_of(*, pressed, said):
    return SimpleNamespace(
        session_state={},
        subheader=lambda *_: None,
        caption=lambda *_: None,
        dataframe=lambda *_, **__: None,
        button=lambda *_, **__: pressed.pop(0),
        markdown=said.append,
    )


@pytest.mark.parametrize(("is_causal", "stays"), [(True, True), (False, False)])
def test_a_step_towards_one_word_is_not_shown_for_another(monkeypatch, is_causal, stays):
    learned, said, pressed = [], [], [True, False, False]
    monkeypatch.setattr(time, "st", screen_of(pressed=pressed, said=said))
    monkeypatch.setattr(time, "load_model", lambda _id: SimpleNamespace())
    monkeypatch.setattr(time, "is_causal", lambda _loaded: is_causal)
    monkeypatch.setattr(time, "_learn", lambda *asked: learned.append(asked) or STEP)
    time._draw_learning(TEXT, Watched(3, 4))
    time._draw_learning(TEXT, Watched(3, 5))
    assert len(said) == 2, "it stays while the visitor looks around"
    time._draw_learning(TEXT, Watched(7, 4))
    assert (len(said) == 3) is stays
    assert len(learned) == 1


@pytest.mark.parametrize(
    ("error", "is_fault"),
    [(TooShortToLearn(), False), (NotEnoughMemory(model="any", needed="9 GB", free="1 GB"), True)],
)
def test_a_text_that_is_too_short_to_learn_is_no_fault(monkeypatch, error, is_fault):
    shown = []

    def refuse(*_):
        raise error

    monkeypatch.setattr(time, "st", screen_of(pressed=[True], said=[]))
    monkeypatch.setattr(time, "load_model", lambda _id: None)
    monkeypatch.setattr(time, "is_causal", lambda _loaded: True)
    monkeypatch.setattr(time, "_learn", refuse)
    monkeypatch.setattr(time.errors, "show", lambda what, *, is_fault: shown.append((what, is_fault)))
    time._draw_learning(TEXT, Watched(3, 4))
    assert shown == [(error, is_fault)]
