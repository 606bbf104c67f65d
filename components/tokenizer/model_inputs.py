"""What a course prints: the dictionary that `tokenizer(text)` of transformers returns.

Which entries it has depends on the model. BERT was trained on pairs of sentences and reads `token_type_ids`, which say
to which of the two a token belongs; GPT-2 does not, so its tokenizer leaves them out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.tokenizer.encode import Encoding

INPUT_NAMES: Final = ("input_ids", "token_type_ids", "attention_mask")

# transformers 5: the tokenizer classes whose `model_input_names` hold token_type_ids, and the model types that get
# one of these classes when tokenizer_config.json names none. Every other class leaves them out.
_CLASSES_WITH_TYPE_IDS: Final = frozenset(
    (
        "Bert", "Canine", "ConvBert", "DPRContextEncoder", "DPRQuestionEncoder", "Deberta", "DebertaV2", "Electra",
        "FNet", "LayoutLM", "LayoutLMv2", "Lxmert", "MarkupLM", "MobileBert", "SqueezeBert", "Tapas",
    )
)  # fmt: skip
_MODEL_TYPES_WITH_TYPE_IDS: Final = frozenset(
    (
        "bert", "bros", "canine", "convbert", "deberta", "deberta-v2", "distilbert", "dpr", "electra", "ernie", "fnet",
        "layoutlm", "layoutlmv2", "lxmert", "markuplm", "megatron-bert", "mobilebert", "nezha", "nomic_bert",
        "qdqbert", "realm", "retribert", "squeezebert", "tapas",
    )
)  # fmt: skip
_CLASSES_WITHOUT_MASK: Final = frozenset(("FNet",))


def input_names(tokenizer_config: Mapping[str, Any], *, model_type: str | None = None) -> tuple[str, ...]:
    """Return which of `INPUT_NAMES` the model's tokenizer prints.

    Parameters
    ----------
    tokenizer_config
        The content of tokenizer_config.json; `{}` where there is none, as for a lone tokenizer.json.
    model_type
        `model_type` of config.json.
    """
    listed = tokenizer_config.get("model_input_names")
    if isinstance(listed, Sequence) and not isinstance(listed, str):
        return tuple(name for name in INPUT_NAMES if name in listed)
    named = str(tokenizer_config.get("tokenizer_class") or "").removesuffix("Fast").removesuffix("Tokenizer")
    has_type_ids = named in _CLASSES_WITH_TYPE_IDS if named else model_type in _MODEL_TYPES_WITH_TYPE_IDS
    left_out = {
        "token_type_ids": not has_type_ids,
        "attention_mask": named in _CLASSES_WITHOUT_MASK or (not named and model_type == "fnet"),
    }
    return tuple(name for name in INPUT_NAMES if not left_out.get(name, False))


def model_inputs(encoding: Encoding, names: Sequence[str] = INPUT_NAMES) -> dict[str, list[int]]:
    """Return the lists by name, in the order in which transformers prints them."""
    lists = {
        "input_ids": encoding.ids,
        "token_type_ids": encoding.type_ids,
        "attention_mask": list(encoding.attention_mask),
    }
    return {name: lists[name] for name in INPUT_NAMES if name in names}
