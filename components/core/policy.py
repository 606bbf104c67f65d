"""Who the current run is for, and what this visitor may do: a hook that a team's sign-in fills.

Without a sign-in there is one local visitor. In the profile `team` nobody is signed in until the hook is filled.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from components.core.roles import Role, Visitor
from components.core.settings import Settings, settings

LOCAL: Final = Visitor(id="local", email=None, name="", role="member")
"""The visitor in profiles without a sign-in."""

EMBEDDED: Final = ("classroom-bert", "classroom-gpt2", "classroom-e5-ko", "classroom-bert-ko", "classroom-gpt-ko")
"""Every page needs one of them and every lesson is about them, so no list takes them away."""


def _local_visitor() -> Visitor | None:
    return None if settings().profile == "team" else LOCAL


_identify: Callable[[], Visitor | None] = _local_visitor


def identify_with(identify: Callable[[], Visitor | None]) -> None:
    """Set the function that returns who a run is for, None for somebody who is not signed in."""
    global _identify  # noqa: PLW0603 (one sign-in for the process)
    _identify = identify


def visitor() -> Visitor | None:
    """Return who this run is for, None for somebody who is not signed in."""
    return _identify()


def account() -> Visitor | None:
    """Return who signed in; None where nobody signs in, and for somebody who has not come in."""
    found = visitor()
    return None if found is LOCAL else found


def may(role: Role) -> bool:
    """Return whether this run's visitor has at least this role; somebody who is not signed in has none."""
    found = visitor()
    return found is not None and found.may(role)


def is_allowed(model_id: str) -> bool:
    """Return whether this run's visitor may use a model; the list for everybody holds for somebody not signed in."""
    found = visitor()
    listed = _listed(settings(), None if found is None else found.role)
    return listed is None or model_id in listed or model_id in EMBEDDED


def _listed(of: Settings, role: Role | None) -> Collection[str] | None:
    return of.allowed_models if role is None else of.allowed_models_by_role.get(role, of.allowed_models)
