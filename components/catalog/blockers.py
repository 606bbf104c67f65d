"""Why a model can't be run here and now: what is missing, place by place."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Final, Literal

from components.aws.answers import Availability, Call, Overlay
from components.aws.problems import Problem
from components.catalog.filters import smallest
from components.catalog.lifecycle import offer_status
from components.catalog.records import Model

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
    "no access",
]
_REFUSALS: Final = frozenset({"NOT_AVAILABLE", "NOT_AUTHORIZED", "PENDING", "ERROR"})
"""GetFoundationModelAvailability's words for a way that is closed (botocore 1.44)."""
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
    access
        What Bedrock said about calling this model with this account; None where it was not asked.
    """

    free_bytes: int
    fetched: bool
    overlay: Overlay | None
    access: Availability | None = None


@dataclass(frozen=True)
class Verdict:
    """Whether the way is open at one place, and if not, what is in it.

    Attributes
    ----------
    needed_bytes
        For `memory`: what the weights of the smallest size take.
    problem
        For `no credentials` and `no answer`: what was in the way of asking.
    access
        For `no access`: what Bedrock said.
    """

    where: Where
    reason: Reason
    needed_bytes: int | None = None
    problem: Problem | None = None
    access: Availability | None = None


def verdicts(model: Model, day: datetime.date, here: Here) -> tuple[Verdict, ...]:
    """Return one verdict for each place a model may run at."""
    return (_this_machine(model, here), _bedrock(model, day, here), _jumpstart(model, here))


def why_unlisted(where: Literal["bedrock", "jumpstart"], overlay: Overlay | None) -> Verdict | None:
    """Return why nobody knows what a service lists now, None if it was asked and answered."""
    if overlay is None:
        return Verdict(where, "not asked")
    problems = {trouble.call: trouble.problem for trouble in overlay.troubles}
    if "connection" in problems:
        return Verdict(where, "no credentials", problem=problems["connection"])
    call: Call = "models" if where == "bedrock" else "hub"
    if not (overlay.models if where == "bedrock" else overlay.hub):
        return Verdict(where, "no answer", problem=problems.get(call))
    return None


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
    unknown = why_unlisted("bedrock", here.overlay)
    if unknown:
        return unknown
    listed = here.overlay and any(here.overlay.bedrock(offer.id) for offer in living)
    if listed and here.access and not _is_allowed(here.access):
        return Verdict("bedrock", "no access", access=here.access)
    return Verdict("bedrock", "open" if listed else "not listed here")


def _jumpstart(model: Model, here: Here) -> Verdict:
    offers = [offer for offer in model.offers if offer.venue == "jumpstart"]
    if not offers:
        return Verdict("jumpstart", "never offered")
    unknown = why_unlisted("jumpstart", here.overlay)
    if unknown:
        return unknown
    ids = {row.id for row in here.overlay.hub} if here.overlay else set()
    return Verdict("jumpstart", "open" if any(offer.id in ids for offer in offers) else "not listed here")


def _is_allowed(access: Availability) -> bool:
    """Say whether an account may call a model. A word that is not known here is no reason to say no."""
    return not (_REFUSALS & {access.agreement, access.authorization, access.entitlement, access.region})
