"""What has gathered of a page is sent together, not message by message.

A page is a hundred messages. After each Streamlit gives everything else a turn and then needs the interpreter back, for
which it waits up to 5 ms (`sys.getswitchinterval`) while other pages are drawn: with a class, longer than drawing took.
On uvloop, where there is one, what is sent in one turn also leaves in one packet.
"""

from __future__ import annotations

from typing import Final

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.session_manager import ActiveSessionInfo

MOST_AT_ONCE: Final = 50
"""Messages in one turn. Between two turns a connection takes them over; with 500 that wait Streamlit drops it."""


# Streamlit's own, as they are before anything is replaced; it has no public way to these
_take: Final = AppSession.flush_browser_queue
_send: Final = Runtime._send_message


def batch_messages() -> None:
    """Have a session's messages sent in portions. Call it before the server runs; another call changes nothing."""

    def take_in_portions(session: AppSession) -> list[list[ForwardMsg]]:
        messages = _take(session)
        return [messages[start : start + MOST_AT_ONCE] for start in range(0, len(messages), MOST_AT_ONCE)]

    def send_portion(runtime: Runtime, session: ActiveSessionInfo, portion: list[ForwardMsg]) -> None:
        for message in portion:
            _send(runtime, session, message)

    AppSession.flush_browser_queue = take_in_portions  # type: ignore[assignment, method-assign]
    Runtime._send_message = send_portion  # type: ignore[assignment, method-assign]
