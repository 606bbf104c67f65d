"""A stand-in for a loaded encoder or masked language model: BERT's real tokenizer, a tiny network of random weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from transformers import BertConfig, PreTrainedModel

from components.models import tracing
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer


@dataclass(frozen=True)
class Tiny:
    """What the loaders give, as far as these tests need it."""

    model: PreTrainedModel
    tokenizer: SharedTokenizer
    device: torch.device
    traceable: bool


def build(network: Callable[[BertConfig], PreTrainedModel]) -> Tiny:
    """Return a network of BERT's family, the same weights each time."""
    tokenizer = SharedTokenizer(load_tokenizer(local_folder(record("classroom-bert"))))
    config = BertConfig(
        vocab_size=tokenizer.raw.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        initializer_range=0.5,
    )
    torch.manual_seed(0)
    model = network(config).eval()
    return Tiny(model, tokenizer, torch.device("cpu"), traceable=tracing.install(model))
