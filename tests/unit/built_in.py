"""The built-in models: each is loaded once in a process, however many tests compute with it."""

from __future__ import annotations

from functools import cache

from components.models import loaders
from components.models.loaders import LoadedModel
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer


@cache
def tokenizer(model_id: str) -> SharedTokenizer:
    return SharedTokenizer(load_tokenizer(local_folder(record(model_id))))


@cache
def load(model_id: str) -> LoadedModel:
    """Return a model as the dashboard loads it for its own task. Tests must leave it as it is."""
    model = record(model_id)
    return loaders.load(model, local_folder(model), task=model.task, tokenizer=tokenizer(model_id))


@cache
def encoder(model_id: str) -> LoadedModel:
    """Return the encoder in it: the same weights in memory."""
    return loaders.encoder_of(load(model_id))
