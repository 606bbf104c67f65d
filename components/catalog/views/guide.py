"""What the lesson asks, answered from the records and from the counted configurations."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from components.catalog import wording
from components.catalog.blockers import BYTES_A_WEIGHT
from components.catalog.counting import PARTS
from components.catalog.curated import model
from components.catalog.filters import licence_class, places, smallest
from components.catalog.lifecycle import model_status, today
from components.catalog.link import MODEL
from components.catalog.records import Model
from components.catalog.state import count_parameters
from components.core.i18n import N_, _
from components.ui.guide.page import Answer, Check, Verdict

SMALL_PRESET: Final = "bert-base"
MOST_BYTES: Final = 16_000_000_000
LEAST_CONTEXT: Final = 2_000
LARGE_PRESET: Final = "llama-3.1-405b"
EXPERT_MODEL: Final = "gpt-oss-20b"
ARCHITECTURES: Final = ("bert", "flan-t5", "gpt-oss-20b")
PICTURES: Final = ("dall-e-1", "stable-diffusion-1", "sam")
LICENCES: Final = ("gpt-j", "bloomz", "alexatm-20b", "llama-1")
"""The models that three steps compare; in each, one differs from the others."""
_WRITING: Final = frozenset({"text-generation", "text2text-generation"})


_CHECKS: Final[Mapping[str, Callable[[Model, datetime.date], bool]]] = {
    "writes text": lambda model, day: bool(_WRITING & set(model.tasks.value or ())),
    "permissive licence": lambda model, day: licence_class(model) == "permissive",
    "fits": lambda model, day: BYTES_A_WEIGHT * (smallest(model) or MOST_BYTES) <= MOST_BYTES,
    "context": lambda model, day: (model.context.value or 0) >= LEAST_CONTEXT,
    "alive": lambda model, day: model_status(model, day) == "active",
    "jumpstart": lambda model, day: "jumpstart" in places(model, day),
}


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


def judge_attempt() -> Verdict | None:
    """Let the student choose a model that meets every condition."""
    chosen = st.selectbox(
        _("Your choice"),
        MODEL.options,
        index=None,
        format_func=wording.model_name,
        placeholder=_("Choose a model"),
        key="catalog_exercise",
        width=420,
    )
    if chosen is None:
        return None
    name, checks = wording.model_name(chosen), check_constraints(model(chosen), today())
    missed = [_(_CONSTRAINTS[check.name]) for check in checks if not check.met]
    if not missed:
        met = ", ".join(_(_CONSTRAINTS[check.name]) for check in checks)
        return Verdict(solved=True, evidence=_("{model} meets every requirement: {met}.").format(model=name, met=met))
    missing = _("{model}. Not met, or not found: {missed}.").format(model=name, missed=", ".join(missed))
    return Verdict(solved=False, evidence=missing)


def find_only(model_ids: Sequence[str], test: Callable[[Model], bool]) -> Model:
    """Return the one of some models that a test picks out.

    Raises
    ------
    ValueError
        If it picks out none or several: then the lesson's question has no single answer.
    """
    [found] = [one for one in map(model, model_ids) if test(one)]
    return found


def _part() -> Answer:
    found = count_parameters(SMALL_PRESET)
    parts = found.parts()
    shares = ", ".join(f"{_(wording.PARTS[part])} {parts[part] / found.total:.1%}" for part in PARTS if part in parts)
    counted = _("Counted just now, {total} parameters: {shares}.")
    largest = max(parts, key=lambda part: parts[part])
    return Answer(_(wording.PARTS[largest]), counted.format(total=f"{found.total:,}", shares=shares))


def _embedding() -> Answer:
    found = count_parameters(LARGE_PRESET)
    parts = found.parts()
    counted = _("Counted just now: {part} of {total} parameters.")
    return Answer(
        f"{parts['embedding'] / found.total:.1%}",
        counted.format(part=f"{parts['embedding']:,}", total=f"{found.total:,}"),
    )


def _active() -> Answer:
    [size] = model(EXPERT_MODEL).parameters.value or ()
    said = _("In the record of {model}: {size}.")
    evidence = said.format(model=wording.model_name(EXPERT_MODEL), size=wording.size_words(size))
    return Answer(wording.compact(size.active or size.total), evidence)


def _reader() -> Answer:
    found = find_only(ARCHITECTURES, lambda one: not _WRITING & set(one.tasks.value or ()))
    said = _("Tasks in its record: {tasks}.")
    return Answer(found.name, said.format(tasks=wording.describe_codes(wording.TASKS, found.tasks)))


def _clicked() -> Answer:
    found = find_only(PICTURES, lambda one: "points" in (one.inputs.value or ()))
    said = _("What it reads, in its record: {inputs}.")
    return Answer(found.name, said.format(inputs=wording.describe_codes(wording.MODALITIES, found.inputs)))


def _licence() -> Answer:
    found = find_only(LICENCES, lambda one: licence_class(one) == "permissive")
    said = _("Licence in its record: {licence}.")
    return Answer(found.name, said.format(licence=wording.describe_licence(found.licence)))


CHECKS: Final[dict[str, Check]] = {
    "part": _part,
    "embedding": _embedding,
    "active": _active,
    "reader": _reader,
    "clicked": _clicked,
    "licence": _licence,
}
