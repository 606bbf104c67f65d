"""Which models a visitor may use: the deployment's list, or the one for the visitor's role."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from components.settings import Settings, settings
from components.team.identity import Role, visitor

EMBEDDED: Final = ("classroom-bert", "classroom-gpt2")
"""Every page needs one of them and every lesson is about them, so no list takes them away."""


def is_allowed(model_id: str) -> bool:
    """Say whether this run's visitor may use a model."""
    listed = _listed(settings(), visitor().role)
    return listed is None or model_id in listed or model_id in EMBEDDED


def _listed(of: Settings, role: Role) -> Collection[str] | None:
    return of.allowed_models_by_role.get(role, of.allowed_models)
