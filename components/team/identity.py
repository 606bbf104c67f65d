"""Who is looking at the page in this run."""

from __future__ import annotations

import time
from collections.abc import Mapping

from components.core import policy
from components.core.errors import VisitorError
from components.core.i18n import N_
from components.core.policy import LOCAL
from components.core.roles import Role, Visitor
from components.core.settings import settings
from components.team.admission import Refused, decide

__all__ = [
    "NotAdmitted",
    "Refused",
    "Role",
    "Visitor",
    "admission",
    "admission_of",
    "claims",
    "visitor",
]


class NotAdmitted(VisitorError):
    """Nobody signed in, or who did may not come in."""

    template = N_("You are not signed in any more.")
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


def _visitor_of_this_run() -> Visitor | None:
    found = admission()
    return found if isinstance(found, Visitor) else None


policy.identify_with(_visitor_of_this_run)
