"""A tab that outlived its server: what its widgets hold is newer than its address, and its first click counts.

To a server that was restarted such a tab sends a click and the values of all its widgets, which no widget of the new
session is there to take yet: the address would win, and the click be lost. So the page is first drawn as its address
says, as for a visitor who opens it anew; then the tab's values arrive once more, and are changes like any other.

Read in Streamlit 1.67.0: `ScriptRunContext.session_state` and `script_requests`, `AppSession.request_rerun`.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Final

import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.state.session_state import Serialized

from components.ui import links
from components.ui.session import STASHED

if TYPE_CHECKING:
    from streamlit.proto.WidgetStates_pb2 import WidgetState

SESSION_STARTED: Final = "_session_started"
"""In the state of a session that has drawn a page."""


def stash_widget_state() -> None:
    """Take what a tab sent to a session that has drawn nothing yet. Call it before any widget is drawn."""
    context = get_script_run_ctx()
    if context is None or SESSION_STARTED in st.session_state:
        return
    arrived = context.session_state._state._new_widget_state.states
    sent: dict[str, WidgetState] = st.session_state.setdefault(STASHED, {})
    for widget, state in list(arrived.items()):
        if isinstance(state, Serialized):
            sent[widget] = state.value
            del arrived[widget]


def replay_widget_state() -> None:
    """Have what was stashed arrive now that its widgets are known. Call it after the page is drawn."""
    sent: dict[str, WidgetState] = st.session_state.pop(STASHED, {})
    st.session_state[SESSION_STARTED] = True
    context = get_script_run_ctx()
    if not sent or context is None or context.script_requests is None:
        return
    from streamlit.proto.WidgetStates_pb2 import WidgetStates

    links.say_again()
    context.script_requests.request_rerun(
        RerunData(
            query_string=context.query_string,
            page_script_hash=context.page_script_hash,
            widget_states=WidgetStates(widgets=sent.values()),
            cached_message_hashes=context.cached_message_hashes,
            context_info=context.context_info,
        )
    )


def install_fragment_patch() -> None:
    """Have a first click in a fragment draw the whole page; another call changes nothing.

    Streamlit knows a fragment only once its page was drawn, and drops a click in one that it does not know without a
    word.
    """
    plain = AppSession.request_rerun
    if hasattr(plain, "__wrapped__"):
        return

    @wraps(plain)
    def request_rerun(self: AppSession, client_state: ClientState | None) -> None:
        if client_state is not None and client_state.fragment_id and SESSION_STARTED not in self.session_state:
            client_state.ClearField("fragment_id")
            client_state.ClearField("is_auto_rerun")
        plain(self, client_state)

    AppSession.request_rerun = request_rerun  # type: ignore[method-assign]
