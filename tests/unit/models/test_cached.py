"""The models every page shares: loaded once a process, and nothing paid for what is not used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import streamlit as st

from components.models import cached, loaders
from components.models.errors import DownloadsDisabled, NotFetched, UnknownModel


@pytest.fixture
def empty_caches():
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.mark.real_model
@pytest.mark.parametrize("name", ["masked_lm", "causal_lm"])
def test_many_sessions_at_once_load_a_model_once(empty_caches, monkeypatch, name):
    loads = []
    original = getattr(loaders, f"load_{name}")

    def counting(record, folder, *, tokenizer):
        loads.append(record.id)
        return original(record, folder, tokenizer=tokenizer)

    monkeypatch.setattr(loaders, f"load_{name}", counting)
    model_id = "classroom-bert" if name == "masked_lm" else "classroom-gpt2"
    with ThreadPoolExecutor(8) as sessions:
        models = list(sessions.map(lambda _: getattr(cached, name)(model_id), range(8)))
    assert loads == [model_id]
    assert len({id(loaded.model) for loaded in models}) == 1
    assert models[0].tokenizer is cached.tokenizer(model_id)


@pytest.mark.real_model
def test_encoder_and_masked_language_model_are_one_in_memory(empty_caches):
    assert cached.encoder("classroom-bert").model is cached.masked_lm("classroom-bert").model.bert


def test_what_is_not_here_is_refused_and_tried_again_after_the_fetch(empty_caches, configure, tmp_path):
    configure(cache_folder=tmp_path)
    with pytest.raises(DownloadsDisabled):
        cached.tokenizer("gpt2")
    configure(cache_folder=tmp_path, downloads="true")
    with pytest.raises(NotFetched):
        cached.tokenizer("gpt2")


def test_an_unknown_id_is_refused():
    with pytest.raises(UnknownModel):
        cached.tokenizer("no-such-model")
