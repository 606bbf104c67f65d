"""The first visitor after a start waits seconds for a model: the page says so, instead of staying empty."""

from __future__ import annotations

from unittest.mock import DEFAULT, Mock

import pytest
import streamlit as st

from components.models import cached, memory

PAGES = ("attention", "inside", "masked-language-model", "fine-tuning")
"""The others say it themselves where they read (embeddings, generation), or need no model in memory at first."""


@pytest.mark.real_model
@pytest.mark.parametrize("slug", PAGES)
def test_a_page_says_that_its_model_is_being_loaded_before_it_asks_for_it(open_page, monkeypatch, slug):
    done: list[str] = []
    real = st.spinner
    monkeypatch.setattr(st, "spinner", lambda text: (done.append(text), real(text))[1])
    for name in ("masked_lm", "causal_lm", "encoder"):
        noting = Mock(wraps=getattr(cached, name), side_effect=lambda _model: (done.append("asked"), DEFAULT)[1])
        monkeypatch.setattr(cached, name, noting)
    monkeypatch.setattr(memory, "is_held", lambda _model: False)
    view = {"view": "sentences"} if slug == "fine-tuning" else {}
    assert not open_page(slug, **view).exception
    assert done[0].startswith("Loading Classroom"), done
    assert "asked" in done
