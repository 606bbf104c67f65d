"""Who came in, who was turned away and who left: a line each in the audit log, one a sign-in."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.roles import Visitor
from components.core.settings import settings
from components.team import audit, identity
from components.team.admission import Refused

_NOTED: Final = "team_sign_in_noted"


def note(found: Visitor | Refused) -> None:
    """Note a sign-in in the background, or one that was refused.

    A sign-in is told from the next one by its time at the provider, so that other tabs, reruns and restarts of the
    server are still the same. Nothing is noted of somebody who has not signed in, whose sign-in is over, or of whom the
    provider tells no address.
    """
    if settings().profile != "team":
        return
    if isinstance(found, Visitor):
        action: audit.Action = "signed in"
        person: str | None = found.id
    elif found.reason in ("unverified", "stranger"):
        action, person = "sign-in refused", found.email
    else:
        return
    sign_in = f"{action} {person} {identity.claims().get('iat')}"
    if st.session_state.get(_NOTED) != sign_in:
        st.session_state[_NOTED] = sign_in
        audit.record(action, person, once=sign_in)


def sign_out() -> None:
    """Sign out whom this run is for, and note it if they had come in."""
    found = identity.admission()
    if isinstance(found, Visitor):
        audit.record("signed out", found.id)
    st.logout()
