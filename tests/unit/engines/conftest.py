from __future__ import annotations

import pytest

from components.engines.transformers_engine import TransformersEngine
from tests.one_thread import on_one_thread
from tests.unit.engines import tiny

_one_thread = pytest.fixture(on_one_thread, autouse=True)


@pytest.fixture
def loaded():
    """Give a function that builds a tiny model of a family."""
    return tiny.build


@pytest.fixture
def engine():
    """Give a function that makes an engine of a tiny model."""
    return lambda family="gpt2", **options: TransformersEngine(tiny.build(family), **options)


@pytest.fixture
def forwards():
    """Give a function that counts a model's forward passes from now on."""
    counters = []

    def count(model):
        counters.append(tiny.Forwards(model))
        return counters[-1]

    yield count
    for counter in counters:
        counter.remove()


@pytest.fixture(scope="session")
def classroom_gpt2():
    """The embedded model, as the dashboard loads it."""
    from components.models import loaders
    from components.models.registry import record
    from components.models.store import local_folder
    from components.models.tokenization import SharedTokenizer, load_tokenizer

    model = record("classroom-gpt2")
    folder = local_folder(model)
    return loaders.load_causal_lm(model, folder, tokenizer=SharedTokenizer(load_tokenizer(folder)))
