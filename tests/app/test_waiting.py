"""The first visitor after a start waits seconds for a model: the page says so, instead of staying empty."""

from __future__ import annotations

import pytest
import streamlit as st

from components.models import memory

PAGES = ("attention", "inside", "masked-language-model", "fine-tuning")
"""The others say it themselves where they read (embeddings, generation), or need no model in memory at first."""


@pytest.mark.real_model
@pytest.mark.parametrize("slug", PAGES)
def test_a_page_says_that_its_model_is_being_loaded(open_page, monkeypatch, slug):
    said: list[str] = []
    real = st.spinner
    monkeypatch.setattr(st, "spinner", lambda text: (said.append(text), real(text))[1])
    monkeypatch.setattr(memory, "is_held", lambda _model: False)
    view = {"view": "sentences"} if slug == "fine-tuning" else {}
    assert not open_page(slug, **view).exception
    assert any(text.startswith("Loading Classroom") for text in said), said
