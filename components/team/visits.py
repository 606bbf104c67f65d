"""Visits of a team's members: their sign-ins, refusals and sign-outs in the audit log, and when they were here last.

Once an hour, what is too old is deleted.
"""

from __future__ import annotations

import time
from typing import Final

import streamlit as st
from sqlalchemy.orm import Session

from components.core.roles import Visitor
from components.core.settings import settings
from components.team import audit, clock, identity
from components.team.identity import Refused, visitor
from components.team.store.people import record_visit
from components.team.store.retention import purge
from components.team.store.writer import writer

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3_600.0
_NOTED: Final = "team_noted_s"
_SIGN_IN: Final = "team_sign_in_noted"
_purged_s: Final[list[float]] = []  # when this process purged last, if it did


def note_visit() -> None:
    """Note in the background that this run's visitor is here, and came in."""
    now_s = time.monotonic()
    if now_s - st.session_state.get(_NOTED, -_MINUTE_S) < _MINUTE_S:
        return
    st.session_state[_NOTED] = now_s
    who, at = visitor(), clock.now()
    if not writer().waiting:  # a database in trouble has more important things to take
        writer().put("a visit", who.id, lambda session: record_visit(session, who, at))
        if not _purged_s or now_s - _purged_s[0] > _HOUR_S:
            _purged_s[:] = [now_s]
            writer().put("what is too old", "", _purge)
    note_sign_in(who)


def stop_tracking() -> None:
    """Note no more visits of this session: its visitor wants nothing to be kept."""
    st.session_state[_NOTED] = float("inf")


def note_sign_in(found: Visitor | Refused) -> None:
    """Note a sign-in in the background, or one that was refused.

    A sign-in is told from the next one by its time at the provider, so that other tabs, reruns and restarts of the
    server are still the same. Nothing is noted of somebody who has not signed in, whose sign-in is over, or of whom the
    provider tells no address.
    """
    if isinstance(found, Visitor):
        action: audit.Action = "signed in"
        person: str | None = found.id
    elif found.reason in ("unverified", "stranger"):
        action, person = "sign-in refused", found.email
    else:
        return
    sign_in = f"{action} {person} {identity.claims().get('iat')}"
    if st.session_state.get(_SIGN_IN) != sign_in:
        st.session_state[_SIGN_IN] = sign_in
        audit.record(action, person, once=sign_in)


def sign_out() -> None:
    """Sign out the person of this run, and note it if they had come in."""
    found = identity.admission()
    if isinstance(found, Visitor):
        audit.record("signed out", found.id)
    st.logout()


def _purge(session: Session) -> None:
    purge(session, now=clock.now(), keep_days=settings().keep_days)
