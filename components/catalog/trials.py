"""Where a model can be tried in this dashboard: the page or panel that runs its kind, opened with this model."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final, Literal

from components.aws.bedrock import EMBEDDERS
from components.catalog.blockers import Reason, Verdict
from components.catalog.lifecycle import offer_status
from components.catalog.recipes import living_bedrock_ids
from components.catalog.records import Model
from components.core.settings import settings
from components.models.registry import record

Panel = Literal["playground", "masked", "embeddings", "draw", "segment"]

EMBEDDER: Final = "embeddings_bedrock"
DRAWING: Final = "catalog_picture_model"
SEGMENTER: Final = "catalog_segmenter"
"""Keys of the menus in which the panels choose their model."""
_NO_WAY: Final[frozenset[Reason]] = frozenset({"no credentials", "no access"})
_NOT_LISTED: Final[frozenset[Reason]] = frozenset({"not asked", "not listed here"})


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
        Whether what is done there, on Bedrock, costs money; it is confirmed there.
    state
        What the session has to hold beside the link for this model to be chosen there: keys of widgets.
    """

    panel: Panel
    page: str | None
    link: tuple[tuple[str, str], ...]
    paid: bool = False
    state: tuple[tuple[str, str], ...] = ()


def trials(model: Model, day: datetime.date) -> tuple[Trial, ...]:
    """Return where a model can be tried, the free ways first."""
    return (*_here(model), *_on_bedrock(model, day))


def served_by_bedrock(model: Model, day: datetime.date) -> str | None:
    """Return the id under which the playground of this deployment may call a model on Bedrock, None if it may not."""
    living = {offer.id for offer in model.offers if offer.venue == "bedrock" and offer_status(offer, day) != "ended"}
    # An inference profile is the id with a geography before it: "us.amazon.nova-lite-v1:0".
    return next((name for name in settings().bedrock_models if _bare(name, living)), None)


def is_blocked(way: Trial, on_bedrock: Verdict) -> bool:
    """Return whether a way that leads to Bedrock is sure to fail, given what is known about Bedrock.

    The playground calls the models it was set up with, whether AWS is asked for its lists or not.
    """
    if not way.paid:
        return False
    return on_bedrock.reason in (_NO_WAY if way.panel == "playground" else _NO_WAY | _NOT_LISTED)


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
            return (Trial("segment", None, (("view", "segment"),), state=((SEGMENTER, model.registry_id),)),)
        case None:
            return ()


def _on_bedrock(model: Model, day: datetime.date) -> tuple[Trial, ...]:
    outputs = model.outputs.value or ()
    living = living_bedrock_ids(model, day)
    if not living:
        return ()
    if "text-to-image" in (model.tasks.value or ()):
        return (Trial("draw", None, (("view", "draw"),), paid=True, state=((DRAWING, living[0]),)),)
    known = {embedder.id for embedder in EMBEDDERS}
    embedding = next((name for name in living if name in known), None)
    if "embedding" in outputs and embedding:
        return (Trial("embeddings", "embeddings", (), paid=True, state=((EMBEDDER, embedding),)),)
    served = served_by_bedrock(model, day)
    if served and "text" in outputs and "speech" not in outputs:
        return (Trial("playground", "generation", (("engine", "bedrock"), ("model", served)), paid=True),)
    return ()
