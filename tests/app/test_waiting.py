"""The first visitor after a start waits seconds for a model: the page says so, instead of staying empty."""

from __future__ import annotations

from unittest.mock import DEFAULT, Mock
from urllib.parse import parse_qsl

import pytest
import streamlit as st

from components.models import cached, memory
from components.models.registry import ModelParameter
from components.registry import page
from tests.app.opening import parameters_of
from tests.unit.test_guides import GUIDED


def computes_with_a_model(slug: str) -> bool:
    """Say whether a page has the menu of models with a task; where a tokenizer is enough, there is no task."""
    return any(type(each) is ModelParameter and each.tasks is not None for each in parameters_of(slug))


@pytest.mark.real_model
@pytest.mark.parametrize("slug", GUIDED)
def test_a_page_says_that_its_model_is_being_loaded_before_it_asks_for_it(open_page, monkeypatch, slug):
    done: list[str] = []
    real = st.spinner
    monkeypatch.setattr(st, "spinner", lambda text: (done.append(text), real(text))[1])
    for name in ("masked_lm", "causal_lm", "encoder"):
        noting = Mock(wraps=getattr(cached, name), side_effect=lambda _model: (done.append("asked"), DEFAULT)[1])
        monkeypatch.setattr(cached, name, noting)
    monkeypatch.setattr(memory, "is_held", lambda _model: False)
    assert not open_page(slug, **dict(parse_qsl(page(slug).picture))).exception
    assert done[:1] != ["asked"], "say “Loading” before: `model_picker(…, load=…)` does"
    if computes_with_a_model(slug):
        # embeddings say what they read, and have it already if another test asked for it
        assert done[0].startswith("Reading ") or (done[0].startswith("Loading Classroom") and "asked" in done), done
