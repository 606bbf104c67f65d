"""A tiny model written as GGUF, by llama.cpp's own writer."""

from __future__ import annotations

import gguf as gguf_library
import numpy as np
import torch
import transformers

BYTES = [chr(code) for code in [*range(33, 127), *range(161, 173), *range(174, 256), *range(256, 324)]]
VOCABULARY = [*BYTES, "no", "ve", "vel", "novel", "Ġa", "ĠĠ", "<|end|>"]
MERGES = ["n o", "v e", "ve l", "no vel", "Ġ a", "Ġ Ġ"]


def qwen():
    """Return a tiny model of a family whose GGUF names its tensors one to one, with the head width all of it have."""
    torch.manual_seed(0)
    config = transformers.Qwen3Config(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2, head_dim=128,
        intermediate_size=64, max_position_embeddings=64, vocab_size=len(VOCABULARY), tie_word_embeddings=True,
    )  # fmt: skip
    return transformers.Qwen3ForCausalLM(config).eval()


NAMES = {
    "model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip


def _gguf_name(name):
    if name in NAMES:
        return NAMES[name]
    _, _, layer, rest = name.split(".", 3)
    return f"blk.{layer}.{NAMES[rest.removesuffix('.weight')]}.weight"


def write(model, path, *, pre="qwen2", architecture="qwen3", in_q4_1=False):
    """Write a model's weights, as they are or in four bits, and a small byte-level vocabulary as a GGUF file."""
    config = model.config
    writer = gguf_library.GGUFWriter(path, architecture)
    writer.add_name("tiny")
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_key_length(config.head_dim)
    writer.add_value_length(config.head_dim)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(10_000.0)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(pre)
    writer.add_token_list(VOCABULARY)
    writer.add_token_types([1] * (len(VOCABULARY) - 1) + [3])
    writer.add_token_merges(MERGES)
    writer.add_eos_token_id(len(VOCABULARY) - 1)
    if in_q4_1:
        writer.add_file_type(gguf_library.LlamaFileType.MOSTLY_Q4_1)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight":
            continue
        weights = tensor.numpy().astype(np.float32)
        if in_q4_1 and weights.ndim == 2:
            q4_1 = gguf_library.GGMLQuantizationType.Q4_1
            writer.add_tensor(_gguf_name(name), gguf_library.quants.quantize(weights, q4_1), raw_dtype=q4_1)
        else:
            writer.add_tensor(_gguf_name(name), weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
