"""Tiny random networks of every family whose inside can be shown, with a tokenizer."""

from __future__ import annotations

import torch
import transformers as hf

from components.inside.reading import predicted_position, read_text, run
from components.models import recording, tracing
from tests.unit.attention.architectures import HEADS, VOCABULARY, Tiny, build, tokenizer

_SMALL = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": HEADS,
    "intermediate_size": 64,
    "vocab_size": VOCABULARY,
    "head_dim": 8,
    "num_key_value_heads": 2,
    "pad_token_id": 0,
}
_T5 = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_decoder_layers": 3, "num_heads": HEADS}

_SPECIAL = {
    "gemma": lambda: hf.GemmaForCausalLM(hf.GemmaConfig(**_SMALL)),
    "gemma2": lambda: hf.Gemma2ForCausalLM(hf.Gemma2Config(**_SMALL, query_pre_attn_scalar=16, sliding_window=4)),
    "qwen2": lambda: hf.Qwen2ForCausalLM(hf.Qwen2Config(**_SMALL)),
    "qwen3": lambda: hf.Qwen3ForCausalLM(hf.Qwen3Config(**_SMALL)),
    "t5_gated": lambda: hf.T5ForConditionalGeneration(
        hf.T5Config(
            **_T5,
            vocab_size=VOCABULARY,
            decoder_start_token_id=0,
            feed_forward_proj="gated-gelu",
            tie_word_embeddings=False,
        )
    ),
}

_SEEDS = {"bert_decoder": 20}  # with most others a post-norm decoder gives one answer to all texts

DECODERS = ("gpt2", "bert_decoder", "llama", "gemma", "gemma2", "gemma3", "qwen2", "qwen3")
ENCODERS = ("bert", "roberta")
ENCODER_DECODERS = ("t5", "t5_gated")
NAMES = (*DECODERS, *ENCODERS, *ENCODER_DECODERS)

TEXTS = {
    **dict.fromkeys(DECODERS, ("w1 w2 w3 w4 w5 w6 w7", None)),
    **dict.fromkeys(ENCODERS, ("w1 w2 w3 [MASK] w5 w6", None)),
    **dict.fromkeys(ENCODER_DECODERS, ("w1 w2 w3 w4 w5", "w6 w7 w8 w9")),
}
OTHER_TEXTS = {
    **dict.fromkeys(DECODERS, ("w1 w2 w3 w4 {0} w6 w7", None)),
    **dict.fromkeys(ENCODERS, ("{0} {0} {0} [MASK] {0} {0}", None)),
    **dict.fromkeys(ENCODER_DECODERS, ("w1 w2 w3 w4 w5", "w6 w7 {0} w9")),
}


def load(name: str) -> Tiny:
    """Return a network with random weights and biases, the same every time."""
    if name in _SPECIAL:
        with torch.random.fork_rng():
            torch.manual_seed(7)
            model = _SPECIAL[name]().eval()
    else:
        model = build(name)
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(_SEEDS.get(name, 8))
        for name_, parameter in model.named_parameters():
            # fresh biases are zero and fresh gains the same everywhere: a mistake with them would not show; and a fresh
            # network answers by the last word alone, whatever the others are
            is_inside = any(part in name_ for part in (".layer", ".block", ".h.", "transform.dense", "lm_head.dense"))
            parameter.add_(torch.randn_like(parameter) * (0.3 if is_inside else 0.05))
    device = torch.device("cpu")
    return Tiny(model, tokenizer(framed=name in ENCODERS), device, recording.install(model), tracing.install(model))


def given(loaded: Tiny, name: str):
    return read_text(loaded, *TEXTS[name])


def other_given(loaded: Tiny, name: str):
    """Return a text of the same length with another answer."""
    first = _answer(loaded, given(loaded, name))
    text, target = OTHER_TEXTS[name]
    texts = (
        read_text(loaded, text.format(f"w{number}"), target and target.format(f"w{number}")) for number in range(10, 94)
    )
    return next(each for each in texts if _answer(loaded, each) != first)


def _answer(loaded: Tiny, read):
    return int(run(loaded, read).logits[predicted_position(loaded, read)].argmax())
