"""Where a model can be tried in this dashboard: the page or panel that runs its kind, opened with this model."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from components.embeddings.bedrock import EMBEDDERS
from components.foundation.lifecycle import offer_status
from components.foundation.recipes import bedrock_id
from components.foundation.records import Model
from components.models.registry import record
from components.settings import settings

Panel = Literal["playground", "masked", "embeddings", "draw", "segment"]


@dataclass(frozen=True)
class Trial:
    """One way in.

    Attributes
    ----------
    page
        The page's slug; None for a panel of the catalog itself.
    link
        The parameters of the link.
    paid
        Whether what is done there costs money; it is confirmed there.
    """

    panel: Panel
    page: str | None
    link: tuple[tuple[str, str], ...]
    paid: bool = False


def trials(model: Model, day: datetime.date) -> tuple[Trial, ...]:
    """Return where a model can be tried, the free ways first."""
    return (*_here(model), *_on_bedrock(model, day))


def served_by_bedrock(model: Model, day: datetime.date) -> str | None:
    """Return the id under which the playground of this deployment may call a model on Bedrock, None if it may not."""
    living = {offer.id for offer in model.offers if offer.venue == "bedrock" and offer_status(offer, day) != "ended"}
    # An inference profile is the id with a geography before it: "us.amazon.nova-lite-v1:0".
    return next((name for name in settings().bedrock_models if _bare(name, living)), None)


def _bare(name: str, living: set[str]) -> bool:
    return name in living or name.partition(".")[2] in living


def _here(model: Model) -> tuple[Trial, ...]:
    if model.registry_id is None:
        return ()
    link = (("model", model.registry_id),)
    match record(model.registry_id).task:
        case "text-generation" | "text2text-generation":
            return (Trial("playground", "generation", link),)
        case "fill-mask":
            return (Trial("masked", "masked-language-model", link), Trial("embeddings", "embeddings", link))
        case "feature-extraction":
            return (Trial("embeddings", "embeddings", link),)
        case "mask-generation":
            return (Trial("segment", None, (("view", "segment"),)),)
        case None:
            return ()


def _on_bedrock(model: Model, day: datetime.date) -> tuple[Trial, ...]:
    outputs = model.outputs.value or ()
    if bedrock_id(model, day) is None:
        return ()
    if "text-to-image" in (model.tasks.value or ()):
        return (Trial("draw", None, (("view", "draw"),), paid=True),)
    known = {embedder.id for embedder in EMBEDDERS}
    if "embedding" in outputs and any(offer.id in known for offer in model.offers):
        return (Trial("embeddings", "embeddings", (), paid=True),)
    served = served_by_bedrock(model, day)
    if served and "text" in outputs and "speech" not in outputs:
        return (Trial("playground", "generation", (("engine", "bedrock"), ("model", served)), paid=True),)
    return ()
