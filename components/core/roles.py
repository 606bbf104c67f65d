"""The people of a team, what they may do, and when two e-mail addresses are the same.

Letters of an address outside ASCII are not folded. `str.casefold` makes `ß` to `ss`, and both `ſ` and the Kelvin sign
to ASCII letters, so two people or two domains would become one.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Final, Literal, get_args

import idna

from components.core.i18n import N_

Role = Literal["viewer", "member", "admin"]
"""Each includes the ones before it. A viewer learns with the embedded models; a member also uses what costs money,
time or disk: remote engines, AWS, fetching models; an admin also sees the admin page."""

FOR_MEMBERS = N_(
    "This feature is for members of your team, and you are a viewer. Ask the operator of this dashboard for access."
)


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
        As `canonical_email` spells it; None if nobody signs in here.
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


_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


def canonical_email(address: str) -> str:
    """Return an address, or a domain written as `@school.example`, in the spelling that is compared.

    ASCII letters become lower case. A domain becomes its A-labels (IDNA 2008, RFC 5891: `straße.example` is
    `xn--strae-oqa.example`); nothing is mapped before, so two different domains never become one. A local part with
    letters outside ASCII stays as it is.

    Raises
    ------
    ValueError
        If the domain cannot be one; the message says why.
    """
    local, at, domain = address.translate(_LOWER).rpartition("@")
    if not domain.isascii():
        try:
            domain = idna.encode(domain, strict=True).decode("ascii")
        except idna.IDNAError as error:
            raise ValueError(
                f"the domain {domain!r} is not allowed in IDNA 2008 ({error}); write it in lower case, or as A-labels "
                "(xn--…)"
            ) from None
    return f"{local}{at}{domain}"
