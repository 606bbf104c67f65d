from __future__ import annotations

from dataclasses import dataclass

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, PreTrainedModel

from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer


@dataclass(frozen=True)
class Tiny:
    """A stand-in for a loaded model: BERT's real tokenizer, a tiny network with random weights."""

    model: PreTrainedModel
    tokenizer: SharedTokenizer
    device: torch.device


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
    return Tiny(BertForMaskedLM(config).eval(), tokenizer, torch.device("cpu"))
