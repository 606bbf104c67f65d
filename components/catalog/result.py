"""What the Export menu takes home: the records in view as JSON, and a script that draws their timeline."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from components.catalog.catalogue import family_of
from components.catalog.lifecycle import model_status, offer_status
from components.catalog.records import Fact, Model, Offer, Source

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
    sources: list[Source] = []
    found: dict[str, object] = {
        "as_of": day.isoformat(),
        "models": [record(model, day, sources) for model in models],
        "sources": [source.model_dump(mode="json") for source in sources],
    }
    return {**found, "counted": {counting.name: counting.total}} if counting else found


def record(model: Model, day: datetime.date, sources: list[Source]) -> dict[str, object]:
    """Return one record as JSON types; the sources it needs are appended to a list that records share."""
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
    """Return Python in percent format: the models in view, their timeline, and a count of parameters if asked for."""
    found = result(models, day)
    rows = "".join(f"    {row!r},\n" for row in found["models"])  # type: ignore[attr-defined]  # a list, see result
    sources = "".join(f"    {row!r},\n" for row in found["sources"])  # type: ignore[attr-defined]
    filters = json.dumps(dict(params), ensure_ascii=True)
    needs = ", and transformers with torch" if counting else ""
    return f"""# %% [markdown]
# Foundation models, state of {day.isoformat()}. Needs pandas and plotly{needs}.
# Filters: {filters}

# %%
import pandas as pd
import plotly.express as px

# A fact's "source" holds positions in this list.
sources = [
{sources}]
models = [
{rows}]
result = {{"as_of": {day.isoformat()!r}, "models": models, "sources": sources}}

# %%
table = pd.DataFrame(models)[["id", "family", "status"]]
table["released"] = pd.to_datetime([model["released"]["value"] for model in models], format="ISO8601")
table

# %%
figure = px.scatter(table.dropna(subset="released"), x="released", y="family", color="status", hover_name="id")
figure
{_count(counting) if counting else ""}"""


def _count(counting: Counting) -> str:
    tied = (
        "\n# The published model has an output matrix of its own; transformers ties it to the embedding.\n"
        "total += config.vocab_size * config.d_model"
        if counting.untied_head
        else ""
    )
    return f"""
# %% [markdown]
# How many parameters has {counting.name}? Built without weights, on torch's "meta" device.

# %%
import torch
from transformers import {counting.model_class}

config = {counting.model_class}.config_class.from_dict({dict(counting.settings)!r})
with torch.device("meta"):
    model = {counting.model_class}(config)
total = sum(tensor.numel() for tensor in model.parameters()){tied}
result["counted"] = {{{counting.name!r}: total}}
print(f"{{total:,}} parameters")
"""


def _fact(fact: Fact[Any], sources: list[Source]) -> dict[str, object]:
    written: dict[str, object] = fact.model_dump(mode="json", exclude={"source"})
    written["as_of"] = fact.as_of.isoformat() if fact.as_of else None
    written["source"] = _positions(fact.source, sources)
    return written


def _offer(offer: Offer, day: datetime.date, sources: list[Source]) -> dict[str, object]:
    written: dict[str, object] = offer.model_dump(mode="json", exclude_defaults=True, exclude={"source"})
    return {**written, "status": offer_status(offer, day), "source": _positions(offer.source, sources)}


def _positions(used: Sequence[Source], sources: list[Source]) -> list[int]:
    sources.extend(source for source in used if source not in sources)
    return [sources.index(source) for source in used]
