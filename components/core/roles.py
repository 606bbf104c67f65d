"""The people of a team, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from components.core.i18n import N_

Role = Literal["viewer", "member", "admin"]
"""Each includes the ones before it. A viewer learns with the embedded models; a member also uses what costs money,
time or disk: remote engines, AWS, fetching models; an admin also sees the admin page."""

FOR_MEMBERS = N_("This is for members of your team, and you are a viewer. The operator of this dashboard decides.")


def reaches(role: Role, needed: Role) -> bool:
    """Return whether `role` includes `needed`."""
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
        As `components.core.email_address` spells it; None if nobody signs in here.
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
        """Return whether this visitor has at least this role."""
        return reaches(self.role, role)
