"""Who this run is for, and what they may do: a hook that a team's sign-in fills.

Without a sign-in there is one local visitor. Where one is needed and has not been filled in, nobody has come in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from components.core.roles import Role, Visitor
from components.core.settings import Settings, settings

LOCAL: Final = Visitor(id="local", email=None, name="", role="member")
"""Everybody, where nobody signs in."""

EMBEDDED: Final = ("classroom-bert", "classroom-gpt2")
"""Every page needs one of them and every lesson is about them, so no list takes them away."""


def _local_visitor() -> Visitor | None:
    return None if settings().profile == "team" else LOCAL


_identify: Callable[[], Visitor | None] = _local_visitor


def identify_with(identify: Callable[[], Visitor | None]) -> None:
    """Have a sign-in say who a run is for. It returns None for somebody who has not come in."""
    global _identify  # noqa: PLW0603 (one sign-in for the process)
    _identify = identify


def visitor() -> Visitor | None:
    """Return who this run is for, None for somebody who has not come in."""
    return _identify()


def account() -> Visitor | None:
    """Return who signed in; None where nobody signs in, and for somebody who has not come in."""
    found = visitor()
    return None if found is LOCAL else found


def may(role: Role) -> bool:
    """Say whether this run's visitor may do what is for this role; somebody who has not come in may nothing."""
    found = visitor()
    return found is not None and found.may(role)


def is_allowed(model_id: str) -> bool:
    """Say whether this run's visitor may use a model; for somebody who has not come in the list for all counts."""
    found = visitor()
    listed = _listed(settings(), None if found is None else found.role)
    return listed is None or model_id in listed or model_id in EMBEDDED


def _listed(of: Settings, role: Role | None) -> Collection[str] | None:
    return of.allowed_models if role is None else of.allowed_models_by_role.get(role, of.allowed_models)
