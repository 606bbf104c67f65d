"""Who is here, noted once a minute; and once an hour, what is too old goes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.core.settings import settings
from components.team import clock, sign_in_audit
from components.team.identity import visitor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3_600.0
_NOTED: Final = "team_noted_s"
_purged_s: Final[list[float]] = []  # when this process purged last, if it did


def note_visit() -> None:
    """Note in the background that this run's visitor is here, and came in; nothing where no team signs in."""
    if settings().profile != "team":
        return
    now_s = time.monotonic()
    if now_s - st.session_state.get(_NOTED, -_MINUTE_S) < _MINUTE_S:
        return
    from components.team.store.people import seen
    from components.team.store.writer import writer

    st.session_state[_NOTED] = now_s
    who, at = visitor(), clock.now()
    if not writer().waiting:  # a database in trouble has more important things to take
        writer().put("a visit", who.id, lambda session: seen(session, who, at))
        if not _purged_s or now_s - _purged_s[0] > _HOUR_S:
            _purged_s[:] = [now_s]
            writer().put("what is too old", "", _purge)
    sign_in_audit.note(who)


def stop_tracking() -> None:
    """Note no more visits of this session: its visitor wants nothing to be kept."""
    st.session_state[_NOTED] = float("inf")


def _purge(session: Session) -> None:
    from components.team.store.retention import purge

    purge(session, now=clock.now(), keep_days=settings().keep_days)
