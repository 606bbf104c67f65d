"""Who is looking at the page in this run, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Role = Literal["viewer", "member", "admin"]
"""Each may what the ones before it may."""


def reaches(role: Role, needed: Role) -> bool:
    """Say whether what is for `needed` is for `role` too."""
    order = get_args(Role)
    return order.index(role) >= order.index(needed)


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """One person.

    Attributes
    ----------
    id
        The same at every visit, and of nobody else. It holds no name and no address.
    email
        None if the provider of the sign-in tells none.
    name
        How the person is called; hostile until shown as text.
    role
        What the person may do.
    """

    id: str
    email: str | None
    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Say whether this visitor may do what is for this role."""
        return reaches(self.role, role)


LOCAL: Final = Visitor(id="local", email=None, name="", role="member")
"""Everybody, where nobody signs in."""


def visitor() -> Visitor:
    """Return the person of this run: in profiles without a sign-in the one local visitor."""
    return LOCAL
