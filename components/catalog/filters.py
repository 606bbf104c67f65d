"""Search, filters and order over the records. Pure: records in, records out."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from components.catalog.curated import family_of
from components.catalog.lifecycle import model_status, offer_status, period
from components.catalog.records import Model, Offer

ANY: Final = "any"
LicenceClass = Literal["permissive", "own terms", "API only", "unknown"]
Place = Literal["this dashboard", "weights", "bedrock", "jumpstart"]
Order = Literal["family", "newest", "largest", "longest context", "name"]

PERMISSIVE: Final = frozenset({"Apache-2.0", "MIT", "Modified MIT"})
"""Licences that allow any use, also commercial, without conditions on what the model is used for."""
API_ONLY: Final = "API only"


@dataclass(frozen=True)
class Filters:
    """What a visitor is looking for; `any` and None stand for no wish.

    Attributes
    ----------
    words
        Each of them has to occur in the record: names, ids, maker, tasks, licence.
    most_parameters
        Of the smallest size of the model. Unknown sizes do not fit.
    least_context
        In tokens. Unknown lengths do not fit.
    listed
        Ids that Bedrock lists in a region now: a model fits if one of its own is among them.
    """

    words: str = ""
    provider: str = ANY
    family: str = ANY
    modality: str = ANY
    status: str = ANY
    kind: str = ANY
    task: str = ANY
    licence: str = ANY
    place: str = ANY
    open_weights: bool | None = None
    most_parameters: int | None = None
    least_context: int | None = None
    listed: frozenset[str] | None = None


def find_models(records: Iterable[Model], wanted: Filters, day: datetime.date) -> tuple[Model, ...]:
    """Return the records that fit every wish, in their order."""
    return tuple(model for model in records if _fits(model, wanted, day))


def sort_models(records: Sequence[Model], order: Order) -> tuple[Model, ...]:
    """Return the records in an order; those without the value that is sorted by come last."""
    if order == "newest":
        return tuple(sorted(records, key=lambda model: (_known(model.released.value), _released(model)), reverse=True))
    if order == "largest":
        return tuple(sorted(records, key=lambda model: -(largest(model) or 0)))
    if order == "longest context":
        return tuple(sorted(records, key=lambda model: -(model.context.value or 0)))
    if order == "name":
        return tuple(sorted(records, key=lambda model: model.name.casefold()))
    return tuple(records)


def licence_class(model: Model) -> LicenceClass:
    """Return what a model's licence means for its use, in four groups."""
    name = model.licence.value
    if name is None:
        return "unknown"
    if name == API_ONLY:
        return "API only"
    return "permissive" if name in PERMISSIVE else "own terms"


def places(model: Model, day: datetime.date) -> tuple[Place, ...]:
    """Return where a model can be run on a day, as far as the curated data tell."""
    living = {offer.venue for offer in model.offers if offer_status(offer, day) != "ended"}
    here: tuple[tuple[Place, bool], ...] = (
        ("this dashboard", model.registry_id is not None),
        ("weights", bool(model.open_weights.value)),
        ("bedrock", "bedrock" in living),
        ("jumpstart", "jumpstart" in living),
    )
    return tuple(place for place, is_there in here if is_there)


def smallest(model: Model) -> int | None:
    """Return the parameters of the smallest size, None if not known."""
    return min((size.total for size in model.parameters.value or ()), default=None)


def largest(model: Model) -> int | None:
    """Return the parameters of the largest size, None if not known."""
    return max((size.total for size in model.parameters.value or ()), default=None)


def modalities(model: Model) -> frozenset[str]:
    """Return what a model reads and writes."""
    return frozenset(model.inputs.value or ()) | frozenset(model.outputs.value or ())


def _fits(model: Model, wanted: Filters, day: datetime.date) -> bool:
    family = family_of(model.id)
    exact = (
        (wanted.provider, {family.provider}),
        (wanted.family, {family.id}),
        (wanted.modality, modalities(model)),
        (wanted.status, {model_status(model, day)}),
        (wanted.kind, {model.kind.value}),
        (wanted.task, set(model.tasks.value or ())),
        (wanted.licence, {licence_class(model)}),
        (wanted.place, set(places(model, day))),
    )
    if any(wish not in (ANY, *found) for wish, found in exact):
        return False
    if wanted.open_weights is not None and model.open_weights.value is not wanted.open_weights:
        return False
    if wanted.most_parameters is not None and (smallest(model) or wanted.most_parameters + 1) > wanted.most_parameters:
        return False
    if wanted.least_context is not None and (model.context.value or 0) < wanted.least_context:
        return False
    if wanted.listed is not None and not any(_is_listed(offer, wanted.listed) for offer in model.offers):
        return False
    text = _searchable(model)
    return all(word in text for word in wanted.words.casefold().split())


def _is_listed(offer: Offer, ids: frozenset[str]) -> bool:
    return offer.venue == "bedrock" and offer.id in ids


def _searchable(model: Model) -> str:
    family = family_of(model.id)
    parts = [
        model.id,
        model.name,
        family.name,
        family.developer.value or "",
        model.kind.value or "",
        model.licence.value or "",
        model.hub_id or "",
        *(model.tasks.value or ()),
        *(offer.id for offer in model.offers),
    ]
    return " ".join(parts).casefold()


def _known(value: object) -> bool:
    return value is not None


def _released(model: Model) -> datetime.date:
    return period(model.released.value).middle if model.released.value else datetime.date.min
