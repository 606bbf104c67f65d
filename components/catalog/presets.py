"""The configurations of published models, so that their parameters can be counted without their weights.

The numbers are the hyper-parameters of the papers and model cards; what is not written is the default of the
transformers class, which is the smallest or only published size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_LLAMA_3: Final = {"vocab_size": 128_256}
_LLAMA_3_2: Final = {"vocab_size": 128_256, "tie_word_embeddings": True}
_LLAMA_4_VISION: Final = {
    "hidden_size": 1408,
    "intermediate_size": 5632,
    "num_attention_heads": 16,
    "num_hidden_layers": 34,
    "image_size": 336,
    "vision_output_dim": 4096,
}


@dataclass(frozen=True)
class Preset:
    """One published configuration.

    Attributes
    ----------
    model_class
        Class in transformers.
    settings
        Where its configuration differs from the class's default.
    untied_head
        Whether the published model has an output matrix of its own although transformers builds none.
    """

    title: str
    model_class: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    untied_head: bool = False


def _gpt2(title: str, width: int, layers: int, heads: int) -> Preset:
    return Preset(title, "GPT2LMHeadModel", {"n_embd": width, "n_layer": layers, "n_head": heads})


def _llama(title: str, shape: tuple[int, int, int, int, int], **more: object) -> Preset:
    names = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "num_key_value_heads")
    return Preset(title, "LlamaForCausalLM", {**dict(zip(names, shape, strict=True)), **more})


def _flan(title: str, width: int, inner: int, layers: int, heads: int) -> Preset:
    # transformers ties T5's output head to the embedding even where tie_word_embeddings is False; the published
    # FLAN-T5 checkpoints have a head of their own.
    settings = {
        "d_model": width,
        "d_kv": 64,
        "d_ff": inner,
        "num_layers": layers,
        "num_heads": heads,
        "feed_forward_proj": "gated-gelu",
    }
    return Preset(title, "T5ForConditionalGeneration", settings, untied_head=True)


def _bloom(title: str, width: int, layers: int, heads: int) -> Preset:
    settings = {"vocab_size": 250_880, "hidden_size": width, "n_layer": layers, "n_head": heads}
    return Preset(title, "BloomForCausalLM", settings)


def _sam(title: str, width: int, layers: int, heads: int, global_layers: tuple[int, ...]) -> Preset:
    vision = {
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "global_attn_indexes": list(global_layers),
    }
    return Preset(title, "SamModel", {"vision_config": vision})


PRESETS: Final[Mapping[str, Preset]] = {
    "bert-base": Preset("BERT base", "BertModel"),
    "bert-large": Preset(
        "BERT large",
        "BertModel",
        {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16, "intermediate_size": 4096},
    ),
    "gpt2": _gpt2("GPT-2 small", 768, 12, 12),
    "gpt2-medium": _gpt2("GPT-2 medium", 1024, 24, 16),
    "gpt2-large": _gpt2("GPT-2 large", 1280, 36, 20),
    "gpt2-xl": _gpt2("GPT-2 XL", 1600, 48, 25),
    "gpt-j": Preset("GPT-J 6B", "GPTJForCausalLM"),
    "gpt-oss-20b": Preset("gpt-oss-20b", "GptOssForCausalLM", {"num_hidden_layers": 24, "num_local_experts": 32}),
    "gpt-oss-120b": Preset("gpt-oss-120b", "GptOssForCausalLM"),
    "llama-2-7b": _llama("Llama 2 7B", (4096, 11_008, 32, 32, 32)),
    "llama-2-13b": _llama("Llama 2 13B", (5120, 13_824, 40, 40, 40)),
    "llama-2-70b": _llama("Llama 2 70B", (8192, 28_672, 80, 64, 8)),
    "llama-3-8b": _llama("Llama 3 8B", (4096, 14_336, 32, 32, 8), **_LLAMA_3),
    "llama-3-70b": _llama("Llama 3 70B", (8192, 28_672, 80, 64, 8), **_LLAMA_3),
    "llama-3.1-405b": _llama("Llama 3.1 405B", (16_384, 53_248, 126, 128, 8), **_LLAMA_3),
    "llama-3.2-1b": _llama("Llama 3.2 1B", (2048, 8192, 16, 32, 8), **_LLAMA_3_2),
    "llama-3.2-3b": _llama("Llama 3.2 3B", (3072, 8192, 28, 24, 8), **_LLAMA_3_2),
    "llama-4-scout": Preset("Llama 4 Scout", "Llama4ForConditionalGeneration", {"vision_config": _LLAMA_4_VISION}),
    "llama-4-maverick": Preset(
        "Llama 4 Maverick",
        "Llama4ForConditionalGeneration",
        {
            "vision_config": _LLAMA_4_VISION,
            "text_config": {"num_local_experts": 128, "interleave_moe_layer_step": 2},
        },
    ),
    "jamba-1.5-mini": Preset("Jamba 1.5 Mini", "JambaForCausalLM"),
    "jamba-1.5-large": Preset(
        "Jamba 1.5 Large",
        "JambaForCausalLM",
        {"hidden_size": 8192, "intermediate_size": 24_576, "num_hidden_layers": 72, "num_attention_heads": 64},
    ),
    "falcon-7b": Preset("Falcon 7B", "FalconForCausalLM"),
    "falcon-40b": Preset(
        "Falcon 40B",
        "FalconForCausalLM",
        {
            "hidden_size": 8192,
            "num_hidden_layers": 60,
            "num_attention_heads": 128,
            "num_kv_heads": 8,
            "new_decoder_architecture": True,
        },
    ),
    "falcon-180b": Preset(
        "Falcon 180B",
        "FalconForCausalLM",
        {
            "hidden_size": 14_848,
            "num_hidden_layers": 80,
            "num_attention_heads": 232,
            "num_kv_heads": 8,
            "new_decoder_architecture": True,
        },
    ),
    "falcon-3-7b": _llama("Falcon 3 7B", (3072, 23_040, 28, 12, 4), head_dim=256, vocab_size=131_072),
    "flan-t5-small": _flan("FLAN-T5 small", 512, 1024, 8, 6),
    "flan-t5-base": _flan("FLAN-T5 base", 768, 2048, 12, 12),
    "flan-t5-large": _flan("FLAN-T5 large", 1024, 2816, 24, 16),
    "flan-t5-xl": _flan("FLAN-T5 XL", 2048, 5120, 24, 32),
    "flan-t5-xxl": _flan("FLAN-T5 XXL", 4096, 10_240, 24, 64),
    "bloomz-560m": _bloom("BLOOMZ 560M", 1024, 24, 16),
    "bloomz-1b1": _bloom("BLOOMZ 1.1B", 1536, 24, 16),
    "bloomz-1b7": _bloom("BLOOMZ 1.7B", 2048, 24, 16),
    "bloomz-3b": _bloom("BLOOMZ 3B", 2560, 30, 32),
    "bloomz-7b1": _bloom("BLOOMZ 7.1B", 4096, 30, 32),
    "bloomz-176b": _bloom("BLOOMZ 176B", 14_336, 70, 112),
    "sam-vit-b": Preset("SAM ViT-B", "SamModel"),
    "sam-vit-l": _sam("SAM ViT-L", 1024, 24, 16, (5, 11, 17, 23)),
    "sam-vit-h": _sam("SAM ViT-H", 1280, 32, 16, (7, 15, 23, 31)),
}
