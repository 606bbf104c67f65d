"""Tiny random language models with a byte-level vocabulary: their text is arbitrary bytes, mostly no UTF-8."""

from __future__ import annotations

import tokenizers
import torch
import transformers as hf

from components.models import recording
from components.models.byte_alphabet import bytes_to_unicode
from components.models.loaders import LoadedModel
from components.models.records import LocalFiles, ModelRecord
from components.models.shape import ModelShape
from components.models.tokenization import SharedTokenizer

END = 256
VOCABULARY = 257
POSITIONS = 64
SEED = 11


def _special():
    return {"bos_token_id": END, "eos_token_id": END, "vocab_size": VOCABULARY}


def _gpt2():
    return hf.GPT2LMHeadModel(hf.GPT2Config(n_embd=24, n_layer=2, n_head=3, n_positions=POSITIONS, **_special()))


def _llama():
    sizes = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 32}
    config = hf.LlamaConfig(**sizes, num_key_value_heads=1, max_position_embeddings=POSITIONS, **_special())
    return hf.LlamaForCausalLM(config)


def _gemma3():
    sizes = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 32}
    config = hf.Gemma3TextConfig(
        **sizes, num_key_value_heads=1, head_dim=8, sliding_window=4, max_position_embeddings=POSITIONS, **_special()
    )
    return hf.Gemma3ForCausalLM(config)


def _t5():
    sizes = {"d_model": 24, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_decoder_layers": 2, "num_heads": 3}
    special = {"decoder_start_token_id": 0, "pad_token_id": 0, "eos_token_id": END, "vocab_size": VOCABULARY}
    return hf.T5ForConditionalGeneration(hf.T5Config(**sizes, **special))


_BUILDERS = {"gpt2": _gpt2, "llama": _llama, "gemma3": _gemma3, "t5": _t5}
CAUSAL = ("gpt2", "llama", "gemma3")
ALL = (*CAUSAL, "t5")
SHARING = ("gpt2", "llama")


def byte_tokenizer() -> SharedTokenizer:
    """Return GPT-2's alphabet of bytes without any merge, and an end token."""
    spelled = bytes_to_unicode()
    vocabulary = {spelled[byte]: byte for byte in range(256)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|end|>"])
    return SharedTokenizer(tokenizer)


def build(family: str) -> LoadedModel:
    """Return a model with the same random weights every time."""
    with torch.random.fork_rng():
        torch.manual_seed(SEED)
        model = _BUILDERS[family]().eval().requires_grad_(False)
        for weight in model.parameters():  # freshly made models find all tokens about equally likely
            if weight.dim() == 2:
                weight.mul_(6.0)
    recording.install(model)
    layers = model.config.num_hidden_layers
    shape = ModelShape(
        family=family, layers=layers, heads=3, width=24, vocabulary=VOCABULARY, inner_width=32, key_value_heads=1,
        head_width=8, positions=None if family == "t5" else POSITIONS, position_scheme=None, decoder_layers=None,
    )  # fmt: skip
    record = ModelRecord(id=f"tiny-{family}", title="Tiny", source=LocalFiles(kind="path", folder="nowhere"))
    return LoadedModel(record, shape, model, byte_tokenizer(), torch.device("cpu"), watchable=True)


class Forwards:
    """Counts the forward passes of a model, and how many texts each had."""

    def __init__(self, model):
        self.rows: list[int] = []
        self._hook = model.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, module, args, kwargs):
        ids = kwargs.get("decoder_input_ids", kwargs.get("input_ids", args[0] if args else None))
        self.rows.append(len(ids))

    @property
    def count(self) -> int:
        return len(self.rows)

    def remove(self):
        self._hook.remove()
