"""Which models a visitor may use: the deployment's list, or the one for the visitor's role."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from components.core.roles import Role, Visitor
from components.core.settings import Settings, settings
from components.team.identity import admission

EMBEDDED: Final = ("classroom-bert", "classroom-gpt2")
"""Every page needs one of them and every lesson is about them, so no list takes them away."""


def is_allowed(model_id: str) -> bool:
    """Say whether this run's visitor may use a model; for who has not come in, the list for all counts."""
    found = admission()
    listed = _listed(settings(), found.role if isinstance(found, Visitor) else None)
    return listed is None or model_id in listed or model_id in EMBEDDED


def _listed(of: Settings, role: Role | None) -> Collection[str] | None:
    return of.allowed_models if role is None else of.allowed_models_by_role.get(role, of.allowed_models)
