from __future__ import annotations

import pytest

from components.engines.transformers_engine import TransformersEngine
from tests.unit.engines import tiny


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
