"""The parameters of the page's link."""

from __future__ import annotations

from typing import Final

from components.core.i18n import N_
from components.core.parameters import Choice, Number, Parameter, Text
from components.models.inputs import MOST_CHARACTERS
from components.models.records import Task
from components.models.registry import DEFAULT_ENCODER, ModelParameter, record
from components.models.shape import ModelShape, model_shape
from components.models.store import local_folder

PAGE: Final = "attention"
VIEWS: Final = ("heatmap", "head", "model", "neuron", "metrics", "rollout", "ablation")
TASKS: Final[tuple[Task, ...]] = ("fill-mask", "text-generation", "text2text-generation", "feature-extraction")

MODEL: Final = ModelParameter("model", DEFAULT_ENCODER, TASKS)
TEXT: Final = Text("text", MOST_CHARACTERS, "The cat sat on the mat because it was tired.")
TEXT_B: Final = Text("text_b", MOST_CHARACTERS, "")
VIEW: Final = Choice("view", VIEWS, "heatmap")
SHOW: Final = Choice("show", ("text", "one", "layer", "all"), "text", meaning=N_("Of the view `heatmap`."))
EXTENT: Final = Choice(
    "compare",
    ("look", "side", "change"),
    "look",
    meaning=N_(
        "Of the view `heatmap`: one text (`look`), an encoder beside a decoder (`side`), or a text before and after a "
        "token was changed (`change`)."
    ),
)
SIMILAR: Final = Choice(
    "similar", ("no", "yes"), "no", meaning=N_("`yes` shows sentences in which the head does something similar.")
)
_OF_THE_MODEL: Final = N_("Counted from 0; another model than the default one may have more or fewer.")
_FIRST_LAYER: Final = 3
_FIRST_HEAD: Final = 1


def layer_of(shape: ModelShape) -> Number:
    """Return the parameter for a layer, counted from 0; where there are two stacks, the deeper one counts."""
    last = max(shape.layers, shape.decoder_layers or 0) - 1
    return Number("layer", 0, last, min(_FIRST_LAYER, last), meaning=_OF_THE_MODEL)


def head_of(shape: ModelShape) -> Number:
    """Return the parameter for a head, counted from 0."""
    return Number("head", 0, shape.heads - 1, min(_FIRST_HEAD, shape.heads - 1), meaning=_OF_THE_MODEL)


def parameters(shape: ModelShape | None = None) -> tuple[Parameter, ...]:
    """Return what the link may say for a model of this shape; without one, for the default model."""
    shape = shape or model_shape(local_folder(record(MODEL.default)))
    return (MODEL, TEXT, TEXT_B, VIEW, SHOW, EXTENT, SIMILAR, layer_of(shape), head_of(shape))
