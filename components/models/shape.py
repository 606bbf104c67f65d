"""A model's measures, read from its own config.json. No torch, no transformers.

Each family has its own names for the same measure (`n_layer`, `num_hidden_layers`, `encoder_layers`); the table below
lists them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from components.models.errors import CorruptFile

Positions = Literal["learned", "rotary", "relative", "alibi", "sinusoidal"]

_SPELLINGS: Final = {
    "layers": ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads"),
    "width": ("hidden_size", "n_embd", "dim", "d_model"),
    "vocabulary": ("vocab_size",),
    "inner_width": ("intermediate_size", "n_inner", "hidden_dim", "ffn_dim", "encoder_ffn_dim", "d_ff"),
    "positions": ("max_position_embeddings", "n_positions", "n_ctx"),
    "key_value_heads": ("num_key_value_heads",),
    "head_width": ("head_dim", "d_kv"),
    "decoder_layers": ("num_decoder_layers", "decoder_layers"),
}

# The position scheme of each family (from its paper or its code in transformers).
_POSITIONS: Final[Mapping[str, Positions]] = {
    **dict.fromkeys(
        (
            "bert", "distilbert", "electra", "albert", "roberta", "camembert", "xlm-roberta", "gpt2", "gpt_neo", "opt",
            "bart",
        ),
        "learned",
    ),
    **dict.fromkeys(
        (
            "llama", "mistral", "mixtral", "gemma", "gemma2", "gemma3", "gemma3_text", "qwen2", "qwen3", "phi", "phi3",
            "gpt_neox", "gptj", "olmo", "olmo2", "smollm3", "modernbert", "falcon", "cohere", "stablelm",
        ),
        "rotary",
    ),
    **dict.fromkeys(("t5", "mt5", "umt5", "mpnet", "deberta", "deberta-v2"), "relative"),
    **dict.fromkeys(("bloom", "mpt"), "alibi"),
    **dict.fromkeys(("marian", "pegasus"), "sinusoidal"),
}  # fmt: skip

# RoBERTa and its relatives start counting after the padding id, OPT adds two: that many rows of the table
# carry no position of the text.
POSITION_OFFSET: Final = {"roberta": 2, "camembert": 2, "xlm-roberta": 2, "opt": 2, "bart": 2}
# In these families config.json counts the unused rows as positions; in OPT and BART it does not.
_OFFSET_COUNTED: Final = frozenset({"roberta", "camembert", "xlm-roberta"})


@dataclass(frozen=True)
class ModelShape:
    """The measures of one model.

    Attributes
    ----------
    family
        `model_type` of config.json: "bert", "gpt2", "llama", ...
    layers, heads, width, vocabulary, inner_width
        Blocks, attention heads a block, numbers a token's vector has, pieces the vocabulary has, width of the
        feed-forward layer. Of the encoder, where there are an encoder and a decoder.
    key_value_heads
        Fewer than `heads` where heads share keys and values (grouped-query attention).
    head_width
        Numbers one head's query has; not always width / heads (Gemma, T5).
    positions
        Longest input in tokens, None where there is no limit of this kind (relative positions).
    position_scheme
        How the model knows the order of tokens, None if this dashboard does not know.
    decoder_layers
        Blocks of the decoder where there is an encoder too, else None.
    """

    family: str
    layers: int
    heads: int
    width: int
    vocabulary: int
    inner_width: int
    key_value_heads: int
    head_width: int
    positions: int | None
    position_scheme: Positions | None
    decoder_layers: int | None


def read_config(folder: Path) -> dict[str, Any]:
    """Return config.json of a model folder; of a text-and-image model, its text part.

    Raises
    ------
    CorruptFile
        If it is missing or is no JSON object.
    """
    path = folder / "config.json"
    try:
        config = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise CorruptFile(file=path.name, reason=error) from error
    if not isinstance(config, dict):
        raise CorruptFile(file=path.name, reason="not a JSON object")
    text_config = config.get("text_config")
    return text_config if isinstance(text_config, dict) else config


def model_shape(folder: Path) -> ModelShape:
    """Return the measures of the model in a folder.

    Raises
    ------
    CorruptFile
        If config.json is missing, unreadable, or lacks one of the measures every Transformer has.
    """
    config = read_config(folder)
    family = str(config.get("model_type", ""))
    layers, heads, width = (_required(config, measure) for measure in ("layers", "heads", "width"))
    return ModelShape(
        family=family,
        layers=layers,
        heads=heads,
        width=width,
        vocabulary=_required(config, "vocabulary"),
        inner_width=_optional(config, "inner_width") or 4 * width,  # GPT-2 writes null for "four times the width"
        key_value_heads=_optional(config, "key_value_heads") or heads,
        head_width=_optional(config, "head_width") or width // heads,
        positions=_positions(config, family),
        position_scheme=_POSITIONS.get(family),
        decoder_layers=_optional(config, "decoder_layers"),
    )


def _positions(config: Mapping[str, Any], family: str) -> int | None:
    positions = _optional(config, "positions")
    if positions is None or _POSITIONS.get(family) == "relative":
        return None  # T5 writes n_positions = 512, the length it was trained on; nothing stops at it
    return positions - POSITION_OFFSET[family] if family in _OFFSET_COUNTED else positions


def _optional(config: Mapping[str, Any], measure: str) -> int | None:
    values = (config.get(spelling) for spelling in _SPELLINGS[measure])
    return next((value for value in values if isinstance(value, int) and value > 0), None)


def _required(config: Mapping[str, Any], measure: str) -> int:
    value = _optional(config, measure)
    if value is None:
        raise CorruptFile(file="config.json", reason=f"none of {', '.join(_SPELLINGS[measure])} is a positive number")
    return value
