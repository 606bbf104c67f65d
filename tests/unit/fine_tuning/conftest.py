from __future__ import annotations

from functools import partial

import pytest
from transformers import BertModel

from components.fine_tuning.examples import read_shipped, some_of
from components.fine_tuning.outcome import Task
from components.fine_tuning.run import Run, untouched_vectors
from components.fine_tuning.training import Settings
from tests.unit import tiny_bert


@pytest.fixture(scope="session")
def tiny():
    made = tiny_bert.build(partial(BertModel, add_pooling_layer=False))
    made.model.requires_grad_(False)
    return made


@pytest.fixture(scope="session")
def tokenizer(tiny):
    return tiny.tokenizer


@pytest.fixture(scope="session")
def run_of(tiny):
    """Make a run on 40 film reviews: `run_of(what="full", epochs=2)`."""

    def make(what="full", *, epochs=2, rate=0.01, seed=0, count=40):
        settings = Settings(what=what, epochs=epochs, rate=rate, seed=seed)
        examples = some_of(read_shipped("film"), count, seed=seed)
        parts = (examples.training, examples.held_out)
        vectors = [untouched_vectors(tiny, [each.text for each in part]) for part in parts]
        return Run(tiny, Task("tiny", examples, settings), (vectors[0], vectors[1]))

    return make
