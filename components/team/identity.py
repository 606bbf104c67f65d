"""Who is looking at the page, and whether they may come in: decided over what the provider says, and the settings."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from components.core.errors import VisitorError
from components.core.i18n import N_
from components.core.policy import LOCAL
from components.core.roles import Role, Visitor, canonical_email
from components.core.settings import Settings, settings

CLOCKS_APART_S: Final = 300
"""How far the provider's clock may be ahead of ours."""

# no spaces, and no backtick: it is shown between two of them
_EMAIL: Final = re.compile(r"[^@\s`\x00-\x1f\x7f]{1,64}@[^@\s`\x00-\x1f\x7f]{1,255}")
_NAME_CHARS: Final = 80

Reason = Literal["signed out", "incomplete", "expired", "unverified", "stranger"]


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Somebody who does not come in.

    Attributes
    ----------
    reason
        "signed out": nobody signed in. "incomplete": the provider does not say who it is. "expired": signed in too long
        ago. "unverified": the provider has not checked that the address is theirs. "stranger": no setting names them.
    email
        The address they signed in with, where the provider said one.
    """

    reason: Reason
    email: str | None = None


class NotAdmitted(VisitorError):
    """Nobody signed in, or who did may not come in."""

    template = N_("You are no longer signed in.")
    advice = N_("Load the page again to sign in.")


def visitor() -> Visitor:
    """Return the person of this run: in profiles without a sign-in the one local visitor.

    Raises
    ------
    NotAdmitted
        In the profile `team`, if nobody came in: a page is not drawn then, but a part of one that reruns by itself may
        outlive the sign-in.
    """
    found = admission()
    if isinstance(found, Refused):
        raise NotAdmitted
    return found


def admission() -> Visitor | Refused:
    """Return who this run is for, or why nobody comes in."""
    return LOCAL if settings().profile != "team" else admission_of(claims())


def admission_of(claims: Mapping[str, object]) -> Visitor | Refused:
    """Return who signed in with these claims, or why they do not come in."""
    if settings().profile != "team":
        return LOCAL
    return decide(claims, settings=settings(), now_s=time.time())


def claims() -> Mapping[str, object]:
    """Return what the provider says of who signed in; without a session, nothing."""
    import streamlit as st  # the table of pages reads this module, and needs no Streamlit

    return st.user.to_dict()


def visitor_of_this_run() -> Visitor | None:
    """Return the person of this run; None for somebody who has not come in."""
    found = admission()
    return found if isinstance(found, Visitor) else None


def decide(claims: Mapping[str, object], *, settings: Settings, now_s: float) -> Visitor | Refused:
    """Return who this is, or why nobody comes in.

    Parameters
    ----------
    claims
        The claims of the ID token, https://openid.net/specs/openid-connect-core-1_0.html#IDToken, and Streamlit's
        `is_logged_in`. Their signature has been checked.
    settings
        Who belongs to the team, and for how long a sign-in lasts.
    now_s
        Seconds since 1970, UTC.
    """
    if claims.get("is_logged_in") is not True:
        return Refused(reason="signed out")
    issuer, subject, email = claims.get("iss"), claims.get("sub"), _email(claims.get("email"))
    if not (isinstance(issuer, str) and isinstance(subject, str) and issuer and subject and email):
        return Refused(reason="incomplete", email=email)
    if not _is_recent(claims.get("iat"), hours=settings.session_hours, now_s=now_s):
        return Refused(reason="expired", email=email)
    if not _is_verified(claims, required=settings.verified_email):
        return Refused(reason="unverified", email=email)
    role = role_of(email, settings=settings)
    if role is None:
        return Refused(reason="stranger", email=email)
    return Visitor(id=_id(issuer, subject), email=email, name=_name(claims) or email, role=role)


def role_of(email: str, *, settings: Settings) -> Role | None:
    """Return the highest role that the settings give to an address or its domain; None if they give none.

    Raises
    ------
    ValueError
        If the domain of the address cannot be one.
    """
    address = canonical_email(email)
    names = {address, "@" + address.rpartition("@")[2]}
    lists: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("admin", settings.admins),
        ("member", settings.members),
        ("viewer", settings.viewers),
    )
    return next((role for role, listed in lists if names.intersection(listed)), None)


def _email(claim: object) -> str | None:
    if not isinstance(claim, str) or not _EMAIL.fullmatch(claim):
        return None
    try:
        return canonical_email(claim)
    except ValueError:
        return None


def _is_recent(issued: object, *, hours: float, now_s: float) -> bool:
    """Whether a sign-in still lasts. One from the future does not: a clock is wrong, and it would last too long."""
    if not isinstance(issued, (int, float)) or isinstance(issued, bool):
        return False
    return now_s - hours * 3600 <= issued <= now_s + CLOCKS_APART_S


def _is_verified(claims: Mapping[str, object], *, required: bool) -> bool:
    """Whether the address is known to be theirs; some providers write the truth as a text."""
    if "email_verified" not in claims:
        return not required
    return str(claims["email_verified"]).lower() == "true"


def _id(issuer: str, subject: str) -> str:
    """Return what stands for a person in the database: `sub` alone is only unique at its provider."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()[:32]


def _name(claims: Mapping[str, object]) -> str:
    name = claims.get("name") or claims.get("preferred_username")
    return " ".join(name.split())[:_NAME_CHARS] if isinstance(name, str) else ""
