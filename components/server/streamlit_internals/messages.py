"""What browsers and sessions send each other: which messages and values are taken, and when a page's leave.

Read in Streamlit 1.67.0: `AppSession` (`handle_backmsg`, how a message is enqueued and taken), the fields of `BackMsg`,
`user_key_from_element_id`, `WStates.__getitem__`, `Runtime._loop_coroutine` and `_send_message`.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.session_manager import ActiveSessionInfo
from streamlit.runtime.state.common import WidgetMetadata, user_key_from_element_id
from streamlit.runtime.state.session_state import Serialized, Value, WStates

from components.core.i18n import SESSION_KEY
from components.operations.logs import LogLimit
from components.server.streamlit_internals import Plain, replace
from components.server.streamlit_internals.sessions import SESSION_STARTED, claims_of

MOST_AT_ONCE: Final = 50
"""Messages in one turn. Between two turns a connection takes them over; with 500 that wait Streamlit drops it."""
HOLD_S: Final = 0.05
"""How long what a run sends waits for the rest of it: too short for anybody to notice."""

# those of a component may come in another form than it is registered with
_OF_COMPONENTS: Final = frozenset({"json_value", "json_trigger_value", "bytes_value", "arrow_value"})

log = logging.getLogger(__name__)
log.addFilter(LogLimit())


class Accepted(NamedTuple):
    """What a session acts on: kinds of messages or, of those that ask for an operation, the operations' kinds."""

    kinds: frozenset[str]
    widget_keys: tuple[str, ...] | None
    """How the keys begin of the widgets that a run of the page may bring; None for all widgets, and for fragments."""


def filter_messages(accept: Callable[[Mapping[str, object]], Accepted], refuse: Callable[[str], str | None]) -> None:
    """Have every session act only on what is accepted of a person with its claims.

    A first click in a fragment draws the whole page: Streamlit would drop it, since it knows a fragment only once its
    page was drawn. `refuse` is asked, with a language, what an uploader says instead of sending a file.
    """

    def handle(plain: Plain, session: AppSession, message: BackMsg) -> None:
        kind: str | None = message.WhichOneof("type")
        if kind == "backend_operation_request":
            kind = message.backend_operation_request.WhichOneof("payload")
        kinds, keys = accept(claims_of(session))
        if kind not in kinds:
            log.debug("dropped a message of the kind %s", kind)
            return
        state, asked = session.session_state, message.rerun_script
        if kind == "file_urls_request" and (refusal := refuse(str(state[SESSION_KEY]) if SESSION_KEY in state else "")):
            answer = ForwardMsg()
            answer.file_urls_response.response_id = message.file_urls_request.request_id
            answer.file_urls_response.error_msg = refusal
            session._enqueue_forward_msg(answer)
            return
        if kind == "rerun_script" and keys is not None:
            sent = asked.widget_states.widgets
            kept = [each for each in sent if (user_key_from_element_id(each.id) or "").startswith(keys)]
            asked.widget_states.CopyFrom(WidgetStates(widgets=kept))
        if kind == "rerun_script" and (keys is not None or (asked.fragment_id and SESSION_STARTED not in state)):
            asked.ClearField("fragment_id")
            asked.ClearField("is_auto_rerun")
        plain(session, message)

    replace(AppSession, "handle_backmsg", handle)


def check_widget_values() -> None:
    """Have Streamlit take only values that fit their widget.

    It hands each value to the widget's own code without asking for its type. That fails wherever the value is first
    read, also outside the error boundary, and again at every later click. Here such a value is no value: the widget is
    as it was first drawn, and the log has a line and no traceback.
    """

    def read(plain: Plain, states: WStates, widget: str) -> object:
        sent, metadata = states.states.get(widget), states.widget_metadata.get(widget)
        if not isinstance(sent, Serialized) or metadata is None:
            return plain(states, widget)
        try:
            if _fits(sent.value, metadata):
                return plain(states, widget)
        except Exception:  # noqa: BLE001, S110 (whatever a widget's own code does with what it never sends)
            pass
        log.warning("a session sent a value that its widget %s cannot have", widget.rsplit("-", 1)[-1])
        states.states[widget] = Value(metadata.deserializer(None))
        return plain(states, widget)

    replace(WStates, "__getitem__", read)


def batch_messages() -> None:
    """Have the messages of a run sent together. Call it before the server runs.

    For each of a page's hundred messages Streamlit gives everything else a turn and then waits for the interpreter, up
    to `sys.getswitchinterval` while other pages are drawn; and a browser that gets a page bit by bit draws most of it
    several times. So messages wait for the end of their run, or `HOLD_S` if that takes longer.
    """
    held: WeakKeyDictionary[AppSession, bool] = WeakKeyDictionary()  # sessions with messages of a run: do these wait?

    def release(session: AppSession) -> None:
        if session in held and session._message_enqueued_callback is not None:
            held[session] = False
            session._message_enqueued_callback()

    def enqueue(plain: Plain, session: AppSession, message: ForwardMsg) -> None:
        if session._state is not AppSessionState.APP_IS_RUNNING:
            plain(session, message)
            return
        session._browser_queue.enqueue(message)
        if session not in held:
            held[session] = True
            loop = session._event_loop
            loop.call_soon_threadsafe(loop.call_later, HOLD_S, release, session)

    def take(plain: Plain, session: AppSession) -> list[list[ForwardMsg]]:
        if session._state is AppSessionState.APP_IS_RUNNING and held.get(session):
            return []
        held.pop(session, None)  # first: what comes from here on is waited for anew
        messages = plain(session)
        return [messages[start : start + MOST_AT_ONCE] for start in range(0, len(messages), MOST_AT_ONCE)]

    def send(plain: Plain, runtime: Runtime, session: ActiveSessionInfo, portion: list[ForwardMsg]) -> None:
        for message in portion:
            plain(runtime, session, message)

    replace(AppSession, "_enqueue_forward_msg", enqueue)
    replace(AppSession, "flush_browser_queue", take)
    replace(Runtime, "_send_message", send)


def _fits(sent: WidgetState, metadata: WidgetMetadata[Any]) -> bool:
    kind = sent.WhichOneof("value")
    if kind is None:
        return True
    value = getattr(sent, kind)
    if kind.startswith("double") and not all(map(math.isfinite, getattr(value, "data", [value]))):
        return False
    if kind.startswith("json"):
        json.loads(value)  # Streamlit would log the traceback of what this raises
    return kind == metadata.value_type or metadata.value_type in _OF_COMPONENTS
