"""The parameters of the catalog's link."""

from __future__ import annotations

from functools import cache
from typing import Final, get_args

from components.foundation.anatomy.presets import PRESETS
from components.foundation.catalogue import families, models
from components.foundation.choose import ANY
from components.foundation.lifecycle import STATUSES
from components.foundation.records import Modality, Provider
from components.models.registry import records
from components.models.store import is_local
from components.shell.parameters import Choice, Choices, Text

PAGE: Final = "catalog"
VIEWS: Final = ("timeline", "cards", "table", "compare", "parameters", "aws")
DEFAULT_MODEL: Final = "bert"
MOST_COMPARED: Final = 4

WORDS: Final = Text("q", most_chars=200, default="")
PROVIDER: Final = Choice("provider", (ANY, *get_args(Provider)), ANY)
FAMILY: Final = Choice("family", (ANY, *(family.id for family in families())), ANY)
MODALITY: Final = Choice("modality", (ANY, *get_args(Modality)), ANY)
STATUS: Final = Choice("status", (ANY, *STATUSES), ANY)
MODEL: Final = Choice("model", tuple(model.id for model in models()), DEFAULT_MODEL)
VIEW: Final = Choice("view", VIEWS, "timeline")
COMPARED: Final = Choices("compare", tuple(model.id for model in models()), ("bert", "flan-t5", "gpt-oss-20b"))


@cache
def config() -> Choice:
    """Return the choice of a configuration to count: a published one, or a model on this machine."""
    here = tuple(model.id for model in records() if is_local(model))
    return Choice("config", (*PRESETS, *(model_id for model_id in here if model_id not in PRESETS)), "bert-base")


@cache
def parameters() -> tuple[Text | Choice | Choices, ...]:
    """Return all of them."""
    return (WORDS, PROVIDER, FAMILY, MODALITY, STATUS, MODEL, VIEW, COMPARED, config())
