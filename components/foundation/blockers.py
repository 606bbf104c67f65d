"""Why a model can't be run here and now: what is missing, place by place."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from components.foundation.aws.answers import Overlay
from components.foundation.choose import smallest
from components.foundation.lifecycle import offer_status
from components.foundation.records import Model

Where = Literal["this machine", "bedrock", "jumpstart"]
Reason = Literal[
    "open",
    "closed weights",
    "not in registry",
    "not fetched",
    "memory",
    "never offered",
    "ended",
    "legacy",
    "not asked",
    "no credentials",
    "not listed here",
    "no answer",
]
BYTES_A_WEIGHT = 2
"""At 16 bits, how most weights are published."""


@dataclass(frozen=True)
class Here:
    """What this machine and this deployment have.

    Attributes
    ----------
    fetched
        Whether the files of the record's model in this dashboard's registry are on this machine.
    overlay
        What AWS answered; None where it is not asked.
    """

    free_bytes: int
    fetched: bool
    overlay: Overlay | None


@dataclass(frozen=True)
class Verdict:
    """Whether the way is open at one place, and if not, what is in it.

    Attributes
    ----------
    needed_bytes
        For `memory`: what the weights of the smallest size take.
    """

    where: Where
    reason: Reason
    needed_bytes: int | None = None


def verdicts(model: Model, day: datetime.date, here: Here) -> tuple[Verdict, ...]:
    """Return one verdict for each place a model may run at."""
    return (_this_machine(model, here), _bedrock(model, day, here), _jumpstart(model, here))


def _this_machine(model: Model, here: Here) -> Verdict:
    if not model.open_weights.value:
        return Verdict("this machine", "closed weights")
    least = smallest(model)
    needed = least * BYTES_A_WEIGHT if least else None
    if needed and needed > here.free_bytes:
        return Verdict("this machine", "memory", needed)
    if model.registry_id is None:
        return Verdict("this machine", "not in registry", needed)
    return Verdict("this machine", "open" if here.fetched else "not fetched", needed)


def _bedrock(model: Model, day: datetime.date, here: Here) -> Verdict:
    offers = [offer for offer in model.offers if offer.venue == "bedrock"]
    if not offers:
        return Verdict("bedrock", "never offered")
    living = [offer for offer in offers if offer_status(offer, day) != "ended"]
    if not living:
        return Verdict("bedrock", "ended")
    if all(offer_status(offer, day) == "legacy" for offer in living):
        return Verdict("bedrock", "legacy")
    unasked = _unasked(here)
    if unasked:
        return Verdict("bedrock", unasked)
    if here.overlay and not here.overlay.models:
        return Verdict("bedrock", "no answer")
    listed = here.overlay and any(here.overlay.bedrock(offer.id) for offer in living)
    return Verdict("bedrock", "open" if listed else "not listed here")


def _jumpstart(model: Model, here: Here) -> Verdict:
    offers = [offer for offer in model.offers if offer.venue == "jumpstart"]
    if not offers:
        return Verdict("jumpstart", "never offered")
    unasked = _unasked(here)
    if unasked:
        return Verdict("jumpstart", unasked)
    if here.overlay and not here.overlay.hub:
        return Verdict("jumpstart", "no answer")
    ids = {row.id for row in here.overlay.hub} if here.overlay else set()
    return Verdict("jumpstart", "open" if any(offer.id in ids for offer in offers) else "not listed here")


def _unasked(here: Here) -> Reason | None:
    if here.overlay is None:
        return "not asked"
    if any(trouble.call == "connection" for trouble in here.overlay.troubles):
        return "no credentials"
    return None
