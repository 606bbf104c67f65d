"""How many tabs one person may have open. A tab above that draws no page, and says what to do.

Only tabs that are connected count. Each keeps the number it was opened with, also when it reconnects, so the tabs that
were there first stay.
"""

from __future__ import annotations

from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

import streamlit as st

from components.core.i18n import _
from components.server.streamlit_internals.sessions import connected_sessions, this_session_id
from components.ui.session import KnownBy, person

MOST_TABS: Final[dict[KnownBy, int]] = {"account": 20, "browser": 20, "address": 200}
"""A school's classes come from one address; there, the browsers without cookies are counted together."""

_lock: Final = Lock()
_opened: Final[WeakKeyDictionary[object, tuple[int, tuple[KnownBy, str]]]] = WeakKeyDictionary()
_numbers: Final = iter(range(1, 2**63))


def admits() -> bool:
    """Return whether this tab may draw its page; draw what stands in its place if not."""
    whose = person()
    most = MOST_TABS[whose[0]]
    if _tabs_before_this_one(whose) < most:
        return True
    st.title(_("Too many tabs are open"), anchor=False)
    st.warning(
        _(
            "This dashboard is open in {most} tabs of yours already, and one visitor may have no more. Close tabs that "
            "you do not need, then press the button. What is in the other tabs stays."
        ).format(most=most),
        icon=":material/tab_close:",
    )
    st.button(_("Try this tab again"), key="tab_again", type="primary")  # a click runs the page once more
    return False


def _tabs_before_this_one(whose: tuple[KnownBy, str]) -> int:
    connected = connected_sessions()
    this = connected.get(this_session_id() or "")
    if this is None:
        return 0
    with _lock:
        number = _opened[this][0] if this in _opened else next(_numbers)
        _opened[this] = number, whose
        others = [_opened[each] for each in connected.values() if each in _opened]
    return sum(owner == whose and earlier < number for earlier, owner in others)
