"""Which messages of a browser the server acts on: those that the pages need, and before a sign-in those of its page.

Anybody can write any message into a websocket, and Streamlit acts on each: one clears the caches of all visitors. A
kind of message that is not named here is dropped, also one that a later Streamlit brings.
"""

from __future__ import annotations

import logging
from functools import wraps
from typing import Final

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.state.common import user_key_from_element_id

from components.core.i18n import SESSION_KEY
from components.team.identity import Visitor, admission_of

KINDS: Final = frozenset(
    {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "backend_operation_request"}
)
OPERATIONS: Final = frozenset({"deferred_file", "dataframe_chunk"})
"""What a `backend_operation_request` may ask for: a download, and rows of a long table."""
BEFORE_SIGN_IN: Final = frozenset({"rerun_script", "app_heartbeat"})
_SIGN_IN_KEYS: Final = (SESSION_KEY, "sign_in_with_", "sign_out")
"""How the keys of the widgets begin that the page to sign in has."""

log = logging.getLogger(__name__)


def filter_messages() -> None:
    """Have every session act on these messages alone; another call changes nothing."""
    plain = AppSession.handle_backmsg
    if hasattr(plain, "__wrapped__"):
        return

    @wraps(plain)
    def handle_backmsg(self: AppSession, msg: BackMsg) -> None:
        has_come_in = isinstance(admission_of(self._user_info), Visitor)  # Streamlit has no public way to these
        if not _is_allowed(msg, has_come_in=has_come_in):
            log.debug("dropped a message of the kind %s", msg.WhichOneof("type"))
            return
        if not has_come_in and msg.HasField("rerun_script"):
            _keep_the_sign_in(msg.rerun_script)
        plain(self, msg)

    AppSession.handle_backmsg = handle_backmsg  # type: ignore[method-assign]


def _is_allowed(message: BackMsg, *, has_come_in: bool) -> bool:
    kind = message.WhichOneof("type")
    if (
        kind == "backend_operation_request"
        and message.backend_operation_request.WhichOneof("payload") not in OPERATIONS
    ):
        return False
    return kind in (KINDS if has_come_in else BEFORE_SIGN_IN)


def _keep_the_sign_in(asked: ClientState) -> None:
    """Leave of a rerun what the page to sign in needs: its own widgets, and the address to come back to."""
    asked.ClearField("fragment_id")
    asked.ClearField("is_auto_rerun")
    kept = [each for each in asked.widget_states.widgets if _is_of_the_sign_in(each.id)]
    del asked.widget_states.widgets[:]
    asked.widget_states.widgets.extend(kept)


def _is_of_the_sign_in(widget: str) -> bool:
    return (user_key_from_element_id(widget) or "").startswith(_SIGN_IN_KEYS)
