from __future__ import annotations

import pytest

from components.models import loaders
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer
from tests.one_thread import on_one_thread
from tests.unit.inside import networks

_one_thread = pytest.fixture(on_one_thread, autouse=True)


@pytest.fixture(scope="session")
def network():
    """Return a tiny network by its name; the same one for all tests."""
    made = {}

    def get(name):
        if name not in made:
            made[name] = networks.load(name)
        return made[name]

    return get


def _embedded(model_id, load):
    model, folder = record(model_id), local_folder(record(model_id))
    return load(model, folder, tokenizer=SharedTokenizer(load_tokenizer(folder)))


@pytest.fixture(scope="session")
def classroom_gpt2():
    return _embedded("classroom-gpt2", loaders.load_causal_lm)


@pytest.fixture(scope="session")
def classroom_gpt_ko():
    return _embedded("classroom-gpt-ko", loaders.load_causal_lm)


@pytest.fixture(scope="session")
def classroom_bert():
    return _embedded("classroom-bert", loaders.load_masked_lm)
