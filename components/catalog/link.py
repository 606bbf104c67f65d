"""The parameters of the catalog's link."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, get_args

from components.catalog.curated import families, models
from components.catalog.filters import ANY
from components.catalog.lifecycle import STATUSES
from components.catalog.presets import PRESETS
from components.catalog.records import Modality, Provider
from components.core.i18n import N_, _
from components.core.parameters import Choice, Choices, Parameter, Text
from components.models.registry import records
from components.models.store import is_local

PAGE: Final = "catalog"
VIEWS: Final = ("timeline", "cards", "table", "compare", "parameters", "jumpstart", "aws", "draw", "segment")
"""The last three need what a machine may not have: AWS, or a model to download."""
TABS: Final = ("about", "inside", "life", "use", "why", "sources")
DEFAULT_MODEL: Final = "bert"
MOST_COMPARED: Final = 4
_HUB_NAME: Final = re.compile(r"[A-Za-z0-9](-*[A-Za-z0-9]){0,62}")


WORDS: Final = Text("q", most_chars=200, default="")
PROVIDER: Final = Choice("provider", (ANY, *get_args(Provider)), ANY)
FAMILY: Final = Choice("family", (ANY, *(family.id for family in families())), ANY)
MODALITY: Final = Choice("modality", (ANY, *get_args(Modality)), ANY)
STATUS: Final = Choice("status", (ANY, *STATUSES), ANY)
LISTED: Final = Choice(
    "listed",
    (ANY, "region"),
    ANY,
    meaning=N_("`region` shows only what Bedrock lists in the connected region now; without AWS's answer, everything."),
)
MODEL: Final = Choice("model", tuple(model.id for model in models()), DEFAULT_MODEL)
VIEW: Final = Choice("view", VIEWS, "timeline")
TAB: Final = Choice("tab", TABS, "about", meaning=N_("Of the record of the model."))
COMPARED: Final = Choices("compare", tuple(model.id for model in models()), ("bert", "flan-t5", "gpt-oss-20b"))


@dataclass(frozen=True)
class HubName:
    """The id of a JumpStart model, in the form that SageMaker allows; empty for none."""

    name: str
    default: str = ""
    meaning: str = ""
    example: str = "huggingface-llm-falcon-7b-bf16"

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if a text written in a link is no such id; else None."""
        if not written or _HUB_NAME.fullmatch(written):
            return None
        return _("Allowed: the id of a JumpStart model, made of letters, digits and hyphens.")

    def parse(self, written: str) -> str:
        """Return a fitting id as its widget holds it."""
        return written


HUB: Final = HubName("hub")


@cache
def config() -> Choice:
    """Return the choice of a configuration to count: a published one, or a model on this machine."""
    here = tuple(model.id for model in records() if is_local(model))
    return Choice(
        "config",
        (*PRESETS, *(model_id for model_id in here if model_id not in PRESETS)),
        "bert-base",
        meaning=N_("Whose parameters are counted."),
    )


@cache
def parameters() -> tuple[Parameter, ...]:
    """Return all of them."""
    return (WORDS, PROVIDER, FAMILY, MODALITY, STATUS, LISTED, MODEL, TAB, VIEW, COMPARED, config(), HUB)
