"""The parameters of the page's link."""

from __future__ import annotations

from typing import Final

from components.core.parameters import Choice, Number, Parameter, Text
from components.models.inputs import MOST_CHARACTERS
from components.models.records import Task
from components.models.registry import DEFAULT_ENCODER, ModelParameter
from components.models.shape import ModelShape

PAGE: Final = "attention"
VIEWS: Final = ("heatmap", "head", "model", "neuron", "metrics", "rollout", "ablation")
TASKS: Final[tuple[Task, ...]] = ("fill-mask", "text-generation", "text2text-generation", "feature-extraction")

MODEL: Final = ModelParameter("model", DEFAULT_ENCODER, TASKS)
TEXT: Final = Text("text", MOST_CHARACTERS, "The cat sat on the mat because it was tired.")
TEXT_B: Final = Text("text_b", MOST_CHARACTERS, "")
VIEW: Final = Choice("view", VIEWS, "heatmap")
SHOW: Final = Choice("show", ("text", "one", "layer", "all"), "text")
EXTENT: Final = Choice("compare", ("look", "side", "change"), "look")
"""Of the view "heatmap": one text, an encoder beside a decoder, or a text before and after a token was changed."""
SIMILAR: Final = Choice("similar", ("no", "yes"), "no")
"""Whether the sentences are shown in which the head does something similar."""
_FIRST_LAYER: Final = 3
_FIRST_HEAD: Final = 1


def layer_of(shape: ModelShape) -> Number:
    """Return the parameter for a layer, counted from 0; where there are two stacks, the deeper one counts."""
    last = max(shape.layers, shape.decoder_layers or 0) - 1
    return Number("layer", 0, last, min(_FIRST_LAYER, last))


def head_of(shape: ModelShape) -> Number:
    """Return the parameter for a head, counted from 0."""
    return Number("head", 0, shape.heads - 1, min(_FIRST_HEAD, shape.heads - 1))


def parameters(shape: ModelShape) -> tuple[Parameter, ...]:
    """Return what the link may say for a model of this shape."""
    return (MODEL, TEXT, TEXT_B, VIEW, SHOW, EXTENT, SIMILAR, layer_of(shape), head_of(shape))
