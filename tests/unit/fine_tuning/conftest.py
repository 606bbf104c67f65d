from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from transformers import BertConfig, BertModel, PreTrainedModel

from components.fine_tuning.examples import shipped, some_of
from components.fine_tuning.outcome import Task
from components.fine_tuning.running import Run, untouched_vectors
from components.fine_tuning.training import Settings
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer


@dataclass(frozen=True)
class Tiny:
    """A stand-in for a loaded encoder: BERT's real tokenizer, a tiny network with random weights."""

    model: PreTrainedModel
    tokenizer: SharedTokenizer


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tokenizer():
    return SharedTokenizer(load_tokenizer(local_folder(record("classroom-bert"))))


@pytest.fixture(scope="session")
def tiny(tokenizer):
    config = BertConfig(
        vocab_size=tokenizer.raw.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        initializer_range=0.5,
    )
    torch.manual_seed(0)
    return Tiny(BertModel(config, add_pooling_layer=False).eval().requires_grad_(False), tokenizer)


@pytest.fixture(scope="session")
def run_of(tiny):
    """Make a run on 40 film reviews: `run_of(what="full", epochs=2)`."""

    def make(what="full", *, epochs=2, rate=0.01, seed=0, count=40):
        settings = Settings(what=what, epochs=epochs, rate=rate, seed=seed)
        examples = some_of(shipped("film"), count, seed=seed)
        parts = (examples.training, examples.held_out)
        vectors = [untouched_vectors(tiny, [each.text for each in part]) for part in parts]
        return Run(tiny, Task("tiny", examples, settings), (vectors[0], vectors[1]))

    return make
