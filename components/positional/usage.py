"""Which models know positions how. A test asks transformers' own code for each family named here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.positional.schemes import Scheme


@dataclass(frozen=True)
class Family:
    """A family of models: its name, and what transformers calls it (`model_type`)."""

    name: str
    model_type: str


USERS: Final[Mapping[Scheme, tuple[Family, ...]]] = {
    "sinusoidal": (Family("Marian (OPUS-MT)", "marian"), Family("PEGASUS", "pegasus"), Family("M2M-100", "m2m_100")),
    "learned": (
        Family("BERT", "bert"),
        Family("GPT-2", "gpt2"),
        Family("DistilBERT", "distilbert"),
        Family("RoBERTa", "roberta"),
        Family("OPT", "opt"),
        Family("BART", "bart"),
    ),
    "rotary": (
        Family("Llama", "llama"),
        Family("SmolLM2", "llama"),
        Family("Qwen3", "qwen3"),
        Family("Gemma 3", "gemma3_text"),
        Family("Mistral", "mistral"),
        Family("GPT-NeoX", "gpt_neox"),
        Family("ModernBERT", "modernbert"),
    ),
    "alibi": (Family("BLOOM", "bloom"), Family("MPT", "mpt")),
}
"""The original Transformer of 2017 used sinusoids too. T5 belongs nowhere here: it learns a bias for each distance."""
