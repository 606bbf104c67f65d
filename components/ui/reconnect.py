"""A tab that outlived its server: what its widgets hold is newer than its address, and its first click counts.

To a server that was restarted such a tab sends a click and the values of all its widgets, which no widget of the new
session is there to take yet: the address would win, and the click be lost. So the page is first drawn as its address
says, as for whoever opens it anew; then the tab's values arrive once more, and are changes like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.state.session_state import Serialized

from components.ui import links

if TYPE_CHECKING:
    from streamlit.proto.WidgetStates_pb2 import WidgetState

SESSION_STARTED: Final = "_met"
"""In the state of a session that has drawn a page."""

_SENT: Final = "_sent_by_an_older_tab"


def stash_widget_state() -> None:
    """Take what a tab sent to a session that has drawn nothing yet. Call it before any widget is drawn."""
    context = get_script_run_ctx()
    if context is None or SESSION_STARTED in st.session_state:
        return
    arrived = context.session_state._state._new_widget_state.states  # Streamlit has no public way to these
    sent: dict[str, WidgetState] = st.session_state.setdefault(_SENT, {})
    for widget, state in list(arrived.items()):
        if isinstance(state, Serialized):
            sent[widget] = state.value
            del arrived[widget]


def waits() -> bool:
    """Say whether something was set aside: this run only prepares the next one, and should begin nothing."""
    return bool(st.session_state.get(_SENT))


def replay_widget_state() -> None:
    """Have what was set aside arrive now that its widgets are known. Call it after the page is drawn."""
    sent: dict[str, WidgetState] = st.session_state.pop(_SENT, {})
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
