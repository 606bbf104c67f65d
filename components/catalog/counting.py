"""Where a model's parameters are, counted exactly and without its weights.

PyTorch's "meta" device makes tensors that have a shape and no numbers: a model of 405 billion parameters is built in
a fraction of a second and takes no memory. What the model is made of is then read from the names of its parameters.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from components.catalog.presets import PRESETS, Preset
from components.core.errors import VisitorError
from components.core.i18n import N_
from components.models import runtime

if TYPE_CHECKING:
    from torch.nn import Module

Part = Literal["embedding", "attention", "mlp", "experts", "state space", "norm", "head", "vision", "other"]
PARTS: Final[tuple[Part, ...]] = (
    "embedding",
    "attention",
    "mlp",
    "experts",
    "state space",
    "norm",
    "head",
    "vision",
    "other",
)

# Families name their modules differently, so the order matters: GPT-2's projections are called c_proj in both
# sub-layers, T5's position bias is an embedding inside the attention, and "mlp.experts" is experts before it is an MLP.
_RULES: Final[tuple[tuple[Part, str], ...]] = (
    ("state space", r"mamba"),
    ("experts", r"expert|router"),
    ("attention", r"[Aa]ttention|attn"),
    ("head", r"(^|\.)(lm_head|score|classifier|cls|qa_outputs|pooler)\.|^mask_decoder\.(?!transformer)"),
    ("vision", r"^(vision_model|vision_encoder)\.(?!.*layers)|^multi_modal_projector|patch_embed"),
    ("embedding", r"embed|wte|wpe|shared\."),
    ("mlp", r"mlp|feed_forward|DenseReluDense|intermediate|(^|\.)fc\d|\.layer\.\d+\.output"),
)
_COMPILED: Final = tuple((part, re.compile(pattern)) for part, pattern in _RULES)
_LAYER: Final = re.compile(r"\.\d+(?=\.)")
_MOST_BLOCKS: Final = 2_000
"""Blocks a config.json may ask for: building millions of them would keep a core busy for hours."""


class UncountableModel(VisitorError):
    """transformers can't build a model from a configuration. Value: `reason`."""

    template = N_("transformers cannot build a model from this configuration: {reason}")
    advice = N_("Use the config.json of a published model unchanged.")


@dataclass(frozen=True)
class Row:
    """The parameters of one kind, over all layers.

    Attributes
    ----------
    name
        Name of the tensor in the model, with `*` for the layer's number.
    tensors
        How many tensors have this name.
    count
        Their parameters together.
    """

    part: Part
    name: str
    tensors: int
    count: int


@dataclass(frozen=True)
class Anatomy:
    """All parameters of a model, grouped."""

    model_class: str
    rows: tuple[Row, ...]

    @property
    def total(self) -> int:
        """Parameters of the whole model."""
        return sum(row.count for row in self.rows)

    def parts(self) -> dict[Part, int]:
        """Return the parameters of each part that there is, in the order of `PARTS`."""
        sums: Counter[Part] = Counter()
        for row in self.rows:
            sums[row.part] += row.count
        return {part: sums[part] for part in PARTS if sums[part]}

    def bytes_at(self, bits: int) -> int:
        """Return what the weights take in memory at so many bits per number."""
        return self.total * bits // 8


def anatomy_of_preset(name: str) -> Anatomy:
    """Count a published configuration.

    Raises
    ------
    KeyError
        If there is no preset of this name.
    """
    return anatomy(_build_preset(PRESETS[name]), untied_head=PRESETS[name].untied_head)


def anatomy_of_config(config: Mapping[str, Any]) -> Anatomy:
    """Count the model that a config.json describes; the class is the first of its `architectures`.

    Raises
    ------
    UncountableModel
        If transformers knows no such model, the configuration makes no sense to it, or it asks for too many layers.
    """
    import torch
    import transformers

    settings = dict(config)
    kind = settings.pop("model_type", None)
    if kind not in transformers.CONFIG_MAPPING:
        raise UncountableModel(reason=f"model_type = {kind!r}")
    if any(isinstance(value, int) and "layer" in key and value > _MOST_BLOCKS for key, value in settings.items()):
        raise UncountableModel(reason=f"> {_MOST_BLOCKS} layers")
    architectures = settings.get("architectures") or []
    model_class = getattr(transformers, str(architectures[0]), None) if architectures else None
    try:
        described = transformers.AutoConfig.for_model(kind, **settings)
        with runtime.building, torch.device("meta"):
            model = model_class(described) if model_class else transformers.AutoModel.from_config(described)
    except Exception as error:  # whatever a model class raises on numbers that don't fit together
        raise UncountableModel(reason=f"{type(error).__name__}: {error}"[:300]) from error
    return anatomy(model)


def anatomy_of_folder(folder: Path) -> Anatomy:
    """Count the model in a folder from its config.json.

    Raises
    ------
    UncountableModel
        If it can't be read or built.
    """
    import json

    try:
        config = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError) as error:
        raise UncountableModel(reason=type(error).__name__) from error
    return anatomy_of_config(config)


def anatomy(model: Module, *, untied_head: bool = False) -> Anatomy:
    """Group the parameters of a model. A tensor that is used twice (a tied output head) is counted once."""
    sums: dict[tuple[Part, str], list[int]] = {}
    for name, tensor in model.named_parameters():
        owner = type(model.get_submodule(name.rpartition(".")[0])).__name__
        cell = sums.setdefault((part_of(name, owner), _LAYER.sub(".*", name)), [0, 0])
        cell[0] += 1
        cell[1] += tensor.numel()
    rows = [Row(part, name, tensors, count) for (part, name), (tensors, count) in sums.items()]
    if untied_head:
        embedding = next(row for row in rows if row.part == "embedding")  # the head has the shape of T5's only table
        rows.append(Row("head", "lm_head.weight", 1, embedding.count))
    return Anatomy(type(model).__name__, tuple(rows))


def part_of(name: str, owner: str) -> Part:
    """Return the part of a Transformer a parameter belongs to, from its name and the class of its module."""
    if "Norm" in owner:
        return "norm"
    return next((part for part, pattern in _COMPILED if pattern.search(name)), "other")


def _build_preset(preset: Preset) -> Module:
    import torch
    import transformers

    model_class = getattr(transformers, preset.model_class)
    with torch.device("meta"):
        model: Module = model_class(model_class.config_class(**preset.settings))
    return model
