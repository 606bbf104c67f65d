"""The models that all pages share: each is loaded once per process, however many sessions use it.

A model that cannot be loaded raises a `ModelError`. Errors are not cached: the next call tries again.
"""

from __future__ import annotations

import logging
import weakref
from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

import streamlit as st

from components.core.settings import settings
from components.models import loaders, memory
from components.models.loaders import LoadedModel, LoadedSegmenter
from components.models.memory import Holding
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer

log = logging.getLogger(__name__)

L = TypeVar("L", LoadedModel, LoadedSegmenter)

_MOST_TOKENIZERS: Final = 8
_MOST_MODELS: Final = settings().max_models


def _release(loaded: LoadedModel | LoadedSegmenter) -> None:
    """Return the GPU memory of a model that left the cache, once the last session that computes with it is done."""
    log.info("%s leaves the memory", loaded.record.id)
    weakref.finalize(loaded.model, _return_memory, loaded.device.type)


def _held(loaded: L, kind: str, clear: Callable[[str], None]) -> L:
    """Register a model that is in memory now, with how it leaves its cache."""
    model_id = loaded.record.id
    size_bytes = memory.model_bytes(loaded.model)
    release = partial(clear, model_id)
    memory.register(loaded.model, Holding(kind=kind, model=model_id, size_bytes=size_bytes, release=release))
    return loaded


def _return_memory(device_type: str) -> None:
    if device_type == "cuda":
        import torch

        torch.cuda.empty_cache()


@st.cache_resource(max_entries=_MOST_TOKENIZERS, show_spinner=False)
def tokenizer(model_id: str) -> SharedTokenizer:
    """Return a model's tokenizer. Imports neither torch nor transformers.

    Raises
    ------
    ModelError
        If there is no such model, it is not on this machine, or its tokenizer is unreadable.
    """
    return SharedTokenizer(load_tokenizer(local_folder(record(model_id))))


@st.cache_resource(max_entries=_MOST_MODELS, on_release=_release, show_spinner=False)
def masked_lm(model_id: str) -> LoadedModel:
    """Return a model that predicts hidden tokens. See `components.models.loaders.load` for what it raises."""
    model = record(model_id)
    loaded = loaders.load_masked_lm(model, local_folder(model), tokenizer=tokenizer(model_id))
    return _held(loaded, "masked language model", masked_lm.clear)


@st.cache_resource(max_entries=_MOST_MODELS, on_release=_release, show_spinner=False)
def causal_lm(model_id: str) -> LoadedModel:
    """Return a model that predicts the next token. See `components.models.loaders.load` for what it raises."""
    model = record(model_id)
    loaded = loaders.load_causal_lm(model, local_folder(model), tokenizer=tokenizer(model_id))
    return _held(loaded, "causal language model", causal_lm.clear)


@st.cache_resource(max_entries=_MOST_MODELS, on_release=_release, show_spinner=False)
def segmenter(model_id: str) -> LoadedSegmenter:
    """Return a model that cuts objects out of pictures. See `components.models.loaders.load` for what it raises."""
    model = record(model_id)
    return _held(loaders.load_segmenter(model, local_folder(model)), "segmenter", segmenter.clear)


@st.cache_resource(max_entries=_MOST_MODELS, on_release=_release, show_spinner=False)
def seq2seq_lm(model_id: str) -> LoadedModel:
    """Return a model that reads one text and writes another. See `components.models.loaders.load`."""
    model = record(model_id)
    loaded = loaders.load_seq2seq_lm(model, local_folder(model), tokenizer=tokenizer(model_id))
    return _held(loaded, "encoder-decoder", seq2seq_lm.clear)


def encoder(model_id: str) -> LoadedModel:
    """Return a model that gives each token a vector; of a masked language model, the encoder inside it.

    The weights are shared with `masked_lm(model_id)`: a page that shows both loads them once.
    """
    model = record(model_id)
    if loaders.task_of(model, local_folder(model)) == "fill-mask":
        return loaders.encoder_of(masked_lm(model_id))
    return _encoder(model_id)


@st.cache_resource(max_entries=_MOST_MODELS, on_release=_release, show_spinner=False)
def _encoder(model_id: str) -> LoadedModel:
    model = record(model_id)
    loaded = loaders.load_encoder(model, local_folder(model), tokenizer=tokenizer(model_id))
    return _held(loaded, "encoder", _encoder.clear)
