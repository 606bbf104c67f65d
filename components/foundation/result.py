"""What the Export menu takes home: the records in view as JSON, and a script that draws their timeline."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from components.foundation.anatomy.presets import PRESETS
from components.foundation.catalogue import family_of
from components.foundation.lifecycle import model_status, offer_status
from components.foundation.records import Fact, Model

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


def result(models: Sequence[Model], day: datetime.date) -> dict[str, object]:
    """Return the records with every fact's sources, as JSON types."""
    return {"as_of": day.isoformat(), "models": [record(model, day) for model in models]}


def record(model: Model, day: datetime.date) -> dict[str, object]:
    """Return one record as JSON types."""
    family = family_of(model.id)
    return {
        "id": model.id,
        "name": model.name,
        "family": family.id,
        "provider": family.provider,
        "developer": _fact(family.developer),
        "status": model_status(model, day),
        **{name: _fact(getattr(model, name)) for name in _FACTS},
        "hub_id": model.hub_id,
        "offers": [
            {**offer.model_dump(mode="json", exclude_defaults=True), "status": offer_status(offer, day)}
            for offer in model.offers
        ],
    }


def script(models: Sequence[Model], chosen: Model, day: datetime.date, params: Mapping[str, object]) -> str:
    """Return Python in percent format: the models in view as a table, their timeline, and a count of parameters."""
    rows = [
        {
            "id": model.id,
            "family": family_of(model.id).name,
            "released": model.released.value,
            "status": model_status(model, day),
            "parameters": [size.total for size in model.parameters.value or ()],
        }
        for model in models
    ]
    listed = "[\n" + "".join(f"    {row!r},\n" for row in rows) + "]"
    return f"""# %% [markdown]
# Foundation models, state of {day.isoformat()}. Filters: {json.dumps(dict(params), ensure_ascii=False)}
# Needs pandas and plotly, and transformers with torch for the count.

# %%
import pandas as pd
import plotly.express as px

models = {listed}
result = {{"as_of": "{day.isoformat()}", "models": models}}
table = pd.DataFrame(models, columns=["id", "family", "released", "status", "parameters"])
table

# %%
dated = table.dropna(subset="released").assign(released=lambda rows: pd.to_datetime(rows["released"], format="ISO8601"))
px.scatter(dated, x="released", y="family", color="status", hover_name="id")
{_count(chosen)}"""


def _count(model: Model) -> str:
    size = next((size for size in model.parameters.value or () if size.preset), None)
    if size is None or size.preset is None:
        return ""
    preset = PRESETS[size.preset]
    tied = (
        "\n# The published model has an output matrix of its own; transformers ties it to the embedding.\n"
        "total += model.config.vocab_size * model.config.d_model"
        if preset.untied_head
        else ""
    )
    return f"""
# %% [markdown]
# How many parameters has {preset.title}? Built without weights, on torch's "meta" device.

# %%
import torch
from transformers import {preset.model_class}

config = {preset.model_class}.config_class(**{dict(preset.settings)!r})
with torch.device("meta"):
    model = {preset.model_class}(config)
total = sum(tensor.numel() for tensor in model.parameters()){tied}
result["parameters_counted"] = {{"{size.preset}": total}}
print(f"{{total:,}} parameters")
"""


def _fact(fact: Fact[Any]) -> dict[str, object]:
    written: dict[str, object] = fact.model_dump(mode="json", exclude={"source"})
    written["as_of"] = fact.as_of.isoformat() if fact.as_of else None
    written["source"] = [source.model_dump(mode="json") for source in fact.source]
    return written
