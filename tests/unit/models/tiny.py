"""Tiny random models of many families, saved as a real model folder, and the torch model they were saved from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from components.models.records import LocalFiles, ModelRecord

WORDS = ("[PAD]", "[UNK]", "a", "good", "novel", "reads", "well", ".")
VOCABULARY = 40

_COMMON = {"vocab_size": VOCABULARY, "pad_token_id": 0}
CONFIGS = {
    "bert": lambda: transformers.BertConfig(
        hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20,
        max_position_embeddings=16, **_COMMON,
    ),
    "distilbert": lambda: transformers.DistilBertConfig(
        dim=12, n_layers=2, n_heads=3, hidden_dim=20, max_position_embeddings=16, **_COMMON
    ),
    "roberta": lambda: transformers.RobertaConfig(
        hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20, max_position_embeddings=18,
        vocab_size=VOCABULARY, pad_token_id=1,
    ),
    "gpt2": lambda: transformers.GPT2Config(
        n_embd=12, n_layer=2, n_head=3, n_positions=16, vocab_size=VOCABULARY, bos_token_id=0, eos_token_id=0
    ),
    "opt": lambda: transformers.OPTConfig(
        hidden_size=12, num_hidden_layers=2, num_attention_heads=3, ffn_dim=20, max_position_embeddings=16,
        word_embed_proj_dim=12, vocab_size=VOCABULARY, pad_token_id=1,
    ),
    "llama": lambda: transformers.LlamaConfig(
        hidden_size=12, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1, intermediate_size=20,
        max_position_embeddings=16, **_COMMON,
    ),
    "gemma3_text": lambda: transformers.Gemma3TextConfig(
        hidden_size=12, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=1, head_dim=8,
        intermediate_size=20, max_position_embeddings=16, **_COMMON,
    ),
    "t5": lambda: transformers.T5Config(
        d_model=12, num_layers=2, num_decoder_layers=3, num_heads=3, d_kv=8, d_ff=20, decoder_start_token_id=0,
        **_COMMON,
    ),
}  # fmt: skip
_CLASSES = {
    "bert": ("BertForMaskedLM", "fill-mask"),
    "distilbert": ("DistilBertForMaskedLM", "fill-mask"),
    "roberta": ("RobertaForMaskedLM", "fill-mask"),
    "gpt2": ("GPT2LMHeadModel", "text-generation"),
    "opt": ("OPTForCausalLM", "text-generation"),
    "llama": ("LlamaForCausalLM", "text-generation"),
    "gemma3_text": ("Gemma3ForCausalLM", "text-generation"),
    "t5": ("T5ForConditionalGeneration", "text2text-generation"),
}


@dataclass(frozen=True)
class TinyModel:
    """A model and the folder it was saved in."""

    model: transformers.PreTrainedModel
    folder: Path
    record: ModelRecord


def save(family: str, folder: Path, *, dtype: torch.dtype = torch.float32, **saving) -> TinyModel:
    """Build a tiny model with random weights and save it with a tokenizer of a few words."""
    torch.manual_seed(0)
    class_name, task = _CLASSES[family]
    model = getattr(transformers, class_name)(CONFIGS[family]()).eval().to(dtype)
    for weight in model.parameters():  # LayerNorm starts as 1 and 0: random, so that leaving it out shows
        torch.nn.init.normal_(weight, std=0.5)
    model.save_pretrained(folder, **saving)
    save_tokenizer(folder)
    return TinyModel(model, folder, record_of(folder, task=task))


def save_tokenizer(folder: Path) -> None:
    """Save a tokenizer that knows a few words."""
    tokenizer = Tokenizer(WordLevel({word: index for index, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))


def record_of(folder: Path, *, task=None, model_id: str = "tiny") -> ModelRecord:
    """Return a record that finds its files in a folder."""
    return ModelRecord(id=model_id, title="Tiny", source=LocalFiles(kind="path", folder=str(folder)), task=task)


def edit_config(folder: Path, **changes) -> None:
    """Change fields of a folder's config.json."""
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
