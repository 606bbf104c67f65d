"""Which messages of a browser the server acts on: what the pages send, and before a sign-in what its page sends.

Anybody can write any message into a websocket, and Streamlit acts on each: one clears the caches of all visitors. A
kind of message that is not named here is dropped, also one that a later Streamlit brings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from components.core.i18n import SESSION_KEY
from components.core.roles import Visitor
from components.server.streamlit_internals.messages import Accepted
from components.team.identity import admission_of

KINDS: Final = frozenset(
    {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "deferred_file", "dataframe_chunk"}
)
BEFORE_SIGN_IN: Final = frozenset({"rerun_script", "app_heartbeat"})
_SIGN_IN_KEYS: Final = (SESSION_KEY, "sign_in_with_", "sign_out")


def accept_from(claims: Mapping[str, object]) -> Accepted:
    """Return what is accepted from somebody of whom the provider says this."""
    if isinstance(admission_of(claims), Visitor):
        return Accepted(KINDS, widget_keys=None)
    return Accepted(BEFORE_SIGN_IN, widget_keys=_SIGN_IN_KEYS)
