"""The page's question and exercise, answered from the data and from the counted models."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from components.catalog import wording
from components.catalog.blockers import BYTES_A_WEIGHT
from components.catalog.counting import PARTS, Anatomy, anatomy_of_preset
from components.catalog.curated import model
from components.catalog.filters import licence_class, places, smallest
from components.catalog.lifecycle import model_status, today
from components.catalog.link import MODEL
from components.catalog.records import Model
from components.core.i18n import N_, _
from components.ui import teaching

PREDICTED_PRESET: Final = "bert-base"
MOST_BYTES: Final = 16_000_000_000
LEAST_CONTEXT: Final = 2_000
ANSWERS: Final = {"embedding": "Embedding", "attention": "Attention", "mlp": "MLP"}
"""The options of the lesson, in both languages: the field's own words."""


_CHECKS: Final[Mapping[str, Callable[[Model, datetime.date], bool]]] = {
    "writes text": lambda model, day: bool({"text-generation", "text2text-generation"} & set(model.tasks.value or ())),
    "permissive licence": lambda model, day: licence_class(model) == "permissive",
    "fits": lambda model, day: BYTES_A_WEIGHT * (smallest(model) or MOST_BYTES) <= MOST_BYTES,
    "context": lambda model, day: (model.context.value or 0) >= LEAST_CONTEXT,
    "alive": lambda model, day: model_status(model, day) == "active",
    "jumpstart": lambda model, day: "jumpstart" in places(model, day),
}


def find_largest_part() -> tuple[str, Anatomy]:
    """Return the part of the predicted model that holds most parameters, as the lesson names it, and its anatomy."""
    anatomy = anatomy_of_preset(PREDICTED_PRESET)
    parts = anatomy.parts()
    return ANSWERS[max(parts, key=lambda part: parts[part])], anatomy


_CONSTRAINTS: Final = {
    "writes text": N_("writes text"),
    "permissive licence": N_("permissive licence"),
    "fits": N_("smallest size within 16 GB at 16 bits"),
    "context": N_("context of 2,000 tokens or more"),
    "alive": N_("still available"),
    "jumpstart": N_("can be deployed through JumpStart"),
}


@dataclass(frozen=True)
class Constraint:
    """One condition of the exercise: its name, and whether a model meets it."""

    name: str
    met: bool


def check_constraints(model: Model, day: datetime.date) -> tuple[Constraint, ...]:
    """Return each condition of the exercise, and whether a model meets it. What is not known does not count as met."""
    return tuple(Constraint(name, test(model, day)) for name, test in _CHECKS.items())


def predict() -> teaching.Answer:
    """Answer the lesson's question: which part of BERT holds most parameters."""
    option, found = find_largest_part()
    parts = found.parts()
    shares = ", ".join(f"{_(wording.PARTS[part])} {parts[part] / found.total:.1%}" for part in PARTS if part in parts)
    counted = _("Counted just now, {total} parameters: {shares}.")
    return teaching.Answer(option=option, evidence=counted.format(total=f"{found.total:,}", shares=shares))


def exercise() -> None:
    """Let the student choose a model that meets every condition."""
    chosen = st.selectbox(
        _("Your choice"),
        MODEL.options,
        index=None,
        format_func=wording.model_name,
        placeholder=_("Choose a model"),
        key="catalog_exercise",
    )
    if chosen is None:
        return
    checks = check_constraints(model(chosen), today())
    missed = [_(_CONSTRAINTS[check.name]) for check in checks if not check.met]
    if not missed:
        met = ", ".join(_(_CONSTRAINTS[check.name]) for check in checks)
        teaching.show_verdict(teaching.Verdict(solved=True, evidence=_("It meets all of it: {met}.").format(met=met)))
        return
    missing = _("Not met, or not found: {missed}.").format(missed=", ".join(missed))
    teaching.show_verdict(teaching.Verdict(solved=False, evidence=missing))
