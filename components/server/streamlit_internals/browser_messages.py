"""What the server takes from a browser: the messages that the pages need, and values that fit their widgets.

Anybody can write any message into a websocket, and Streamlit acts on each: one clears the caches of all visitors. A
kind of message that is not named here is dropped, also one that a later Streamlit brings. Streamlit also hands each
value to the widget's own code without asking for its type, which then fails wherever the value is first read, before
the page and its error boundary too, and again at every later click of that session.

Read in Streamlit 1.67.0: `AppSession.handle_backmsg`, the fields of `BackMsg`, `user_key_from_element_id`, and
`WStates.__getitem__`.
"""

from __future__ import annotations

import json
import logging
import math
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.state.common import user_key_from_element_id
from streamlit.runtime.state.session_state import Serialized, Value, WStates

from components.core.i18n import SESSION_KEY
from components.core.roles import Visitor
from components.operations.logs import LogLimit
from components.server.streamlit_internals.sessions import claims_of
from components.team.identity import admission_of

if TYPE_CHECKING:
    from streamlit.proto.WidgetStates_pb2 import WidgetState
    from streamlit.runtime.state.common import WidgetMetadata

KINDS: Final = frozenset(
    {"rerun_script", "stop_script", "app_heartbeat", "file_urls_request", "backend_operation_request"}
)
OPERATIONS: Final = frozenset({"deferred_file", "dataframe_chunk"})
"""What a `backend_operation_request` may ask for: a download, and rows of a long table."""
BEFORE_SIGN_IN: Final = frozenset({"rerun_script", "app_heartbeat"})
_SIGN_IN_KEYS: Final = (SESSION_KEY, "sign_in_with_", "sign_out")
"""How the keys of the widgets begin that the page to sign in has."""

# those of a component may come in another form than it is registered with
_OF_COMPONENTS: Final = frozenset({"json_value", "json_trigger_value", "bytes_value", "arrow_value"})

log = logging.getLogger(__name__)
log.addFilter(LogLimit())


def filter_messages() -> None:
    """Have every session act on these messages alone; another call changes nothing."""
    plain = AppSession.handle_backmsg
    if hasattr(plain, "__wrapped__"):
        return

    @wraps(plain)
    def handle_backmsg(self: AppSession, msg: BackMsg) -> None:
        has_come_in = isinstance(admission_of(claims_of(self)), Visitor)
        if not _is_allowed(msg, has_come_in=has_come_in):
            log.debug("dropped a message of the kind %s", msg.WhichOneof("type"))
            return
        if not has_come_in and msg.HasField("rerun_script"):
            _keep_the_sign_in(msg.rerun_script)
        plain(self, msg)

    AppSession.handle_backmsg = handle_backmsg  # type: ignore[method-assign]


def check_widget_values() -> None:
    """Have Streamlit take only values that fit their widget; another call changes nothing.

    A value that a widget cannot have sent is no value: the widget is as it was first drawn, and the log has a line and
    no traceback.
    """
    plain = WStates.__getitem__
    if hasattr(plain, "__wrapped__"):
        return

    @wraps(plain)
    def fitting(self: WStates, widget: str) -> object:
        sent, metadata = self.states.get(widget), self.widget_metadata.get(widget)
        if not isinstance(sent, Serialized) or metadata is None:
            return plain(self, widget)
        try:
            if _fits(sent.value, metadata):
                return plain(self, widget)
        except Exception:  # noqa: BLE001, S110 (whatever a widget's own code does with what it never sends)
            pass
        log.warning("a session sent a value that its widget %s cannot have", widget.rsplit("-", 1)[-1])
        self.states[widget] = Value(metadata.deserializer(None))
        return plain(self, widget)

    WStates.__getitem__ = fitting  # type: ignore[method-assign]


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


def _fits(sent: WidgetState, metadata: WidgetMetadata[Any]) -> bool:
    kind = sent.WhichOneof("value")
    if kind in ("double_value", "double_array_value"):
        numbers = sent.double_array_value.data if kind == "double_array_value" else [sent.double_value]
        if not all(map(math.isfinite, numbers)):
            return False
    if kind in ("json_value", "json_trigger_value"):
        json.loads(getattr(sent, kind))  # Streamlit would log the traceback of what this raises
    return kind is None or kind == metadata.value_type or metadata.value_type in _OF_COMPONENTS
