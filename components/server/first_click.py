"""The first click of a tab that outlived its server, where it was made in a fragment.

Streamlit knows a fragment only once its page was drawn, and drops a click in one that it does not know without a word.
Here such a click draws the whole page; components.ui.reconnect has it count.
"""

from __future__ import annotations

from functools import wraps

from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession

from components.ui.reconnect import SESSION_STARTED


def install_fragment_patch() -> None:
    """Have Streamlit heed such clicks; done twice it is done once."""
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
