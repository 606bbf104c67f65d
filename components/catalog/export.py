"""What the Export menu takes home: the records in view as JSON, and a notebook that draws their timeline."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.catalog.curated import family_of
from components.catalog.lifecycle import model_status, offer_status
from components.catalog.records import Fact, Model, Offer, Source
from components.ui.notebooks import render

NOTEBOOK: Final = Path(__file__).with_name("notebook.py")

_FACTS: Final = (
    "kind",
    "released",
    "inputs",
    "outputs",
    "tasks",
    "parameters",
    "context",
    "licence",
    "open_weights",
    "languages",
    "successors",
)


@dataclass(frozen=True)
class Counting:
    """What has to be built to count a model's parameters again.

    Attributes
    ----------
    settings
        Of its configuration, where they differ from the class's defaults.
    total
        How many parameters were counted, the head of its own among them where it has one.
    """

    name: str
    model_class: str
    settings: Mapping[str, Any]
    untied_head: bool
    total: int


def result(models: Sequence[Model], day: datetime.date, counting: Counting | None = None) -> dict[str, object]:
    """Return the records as JSON types. A fact's `source` holds positions in the list `sources`."""
    sources: dict[Source, int] = {}
    found: dict[str, object] = {
        "as_of": day.isoformat(),
        "models": [record(model, day, sources) for model in models],
        "sources": [source.model_dump(mode="json") for source in sources],
    }
    return {**found, "counted": {counting.name: counting.total}} if counting else found


def record(model: Model, day: datetime.date, sources: dict[Source, int]) -> dict[str, object]:
    """Return one record as JSON types; the sources it needs join those that records share, each with its position."""
    family = family_of(model.id)
    facts = {name: _fact(getattr(model, name), sources) for name in _FACTS}
    return {
        "id": model.id,
        "name": model.name,
        "family": family.name,
        "provider": family.provider,
        "developer": _fact(family.developer, sources),
        "status": model_status(model, day),
        **facts,
        "hub_id": model.hub_id,
        "offers": [_offer(offer, day, sources) for offer in model.offers],
    }


def script(
    models: Sequence[Model], day: datetime.date, params: Mapping[str, object], counting: Counting | None = None
) -> str:
    """Return the notebook of a view in percent format. Its `result` equals the exported records.

    Parameters
    ----------
    params
        The filters of the page.
    counting
        The model whose parameters are counted, None for none.
    """
    found = result(models, day)
    parameters: dict[str, object] = {
        "AS_OF": found["as_of"],
        "FILTERS": json.loads(json.dumps(dict(params))),
        "SOURCES": found["sources"],
        "MODELS": found["models"],
    }
    keep = []
    if counting:
        parameters |= {
            "COUNTED": counting.name,
            "MODEL_CLASS": counting.model_class,
            "SETTINGS": dict(counting.settings),
        }
        keep = ["count", "untied-head"] if counting.untied_head else ["count"]
    return render(NOTEBOOK, parameters, keep=keep)


def _fact(fact: Fact[Any], sources: dict[Source, int]) -> dict[str, object]:
    written: dict[str, object] = fact.model_dump(mode="json", exclude={"source"})
    written["as_of"] = fact.as_of.isoformat() if fact.as_of else None
    written["source"] = _positions(fact.source, sources)
    return written


def _offer(offer: Offer, day: datetime.date, sources: dict[Source, int]) -> dict[str, object]:
    written: dict[str, object] = offer.model_dump(mode="json", exclude_defaults=True, exclude={"source"})
    return {**written, "status": offer_status(offer, day), "source": _positions(offer.source, sources)}


def _positions(used: Sequence[Source], sources: dict[Source, int]) -> list[int]:
    return [sources.setdefault(source, len(sources)) for source in used]
