"""The page's question and exercise, answered from the data and from the counted models."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from components.catalog.anatomy.count import Anatomy, anatomy_of_preset
from components.catalog.blockers import BYTES_A_WEIGHT
from components.catalog.choose import licence_class, places, smallest
from components.catalog.lifecycle import model_status
from components.catalog.records import Model

PREDICTED_PRESET: Final = "bert-base"
MOST_BYTES: Final = 16_000_000_000
LEAST_CONTEXT: Final = 2_000
ANSWERS: Final = {"embedding": "Embedding", "attention": "Attention", "mlp": "MLP"}
"""The options of the lesson, in both languages: the field's own words."""


def counted_parts() -> tuple[str, Anatomy]:
    """Return the part of the predicted model that holds most parameters, as the lesson names it, and its anatomy."""
    anatomy = anatomy_of_preset(PREDICTED_PRESET)
    parts = anatomy.parts()
    return ANSWERS[max(parts, key=lambda part: parts[part])], anatomy


@dataclass(frozen=True)
class Constraint:
    """One condition of the exercise: its name, and whether a model meets it."""

    name: str
    met: bool


_CHECKS: Final[Mapping[str, Callable[[Model, datetime.date], bool]]] = {
    "writes text": lambda model, day: bool({"text-generation", "text2text-generation"} & set(model.tasks.value or ())),
    "permissive licence": lambda model, day: licence_class(model) == "permissive",
    "fits": lambda model, day: BYTES_A_WEIGHT * (smallest(model) or MOST_BYTES) <= MOST_BYTES,
    "context": lambda model, day: (model.context.value or 0) >= LEAST_CONTEXT,
    "alive": lambda model, day: model_status(model, day) == "active",
    "jumpstart": lambda model, day: "jumpstart" in places(model, day),
}


def check(model: Model, day: datetime.date) -> tuple[Constraint, ...]:
    """Return each condition of the exercise, and whether a model meets it. What is not known does not count as met."""
    return tuple(Constraint(name, test(model, day)) for name, test in _CHECKS.items())
