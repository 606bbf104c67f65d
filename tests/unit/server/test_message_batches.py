"""A page's messages go out in portions: all of them, in their order."""

from __future__ import annotations

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime import Runtime
from streamlit.web.server.starlette.starlette_server_config import WEBSOCKET_MAX_SEND_QUEUE_SIZE

from components.server.message_batches import MOST_AT_ONCE, batch_messages


class Browser:
    """What the server knows of a browser, and what was written to it."""

    script_run_count = 0

    def __init__(self):
        self.client = self
        self.written = []

    def write_forward_msg(self, message):
        self.written.append(message)


@pytest.fixture(autouse=True)
def _together(monkeypatch):
    monkeypatch.setattr(AppSession, "flush_browser_queue", AppSession.flush_browser_queue)  # and back afterwards
    monkeypatch.setattr(Runtime, "_send_message", Runtime._send_message)
    batch_messages()
    batch_messages()  # another call changes nothing


class Gathered:
    """What a session holds for its browser."""

    def __init__(self, count):
        self._browser_queue = ForwardMsgQueue()
        for number in range(count):
            message = ForwardMsg(hash=str(number))
            message.session_event.script_changed_on_disk = True
            self._browser_queue.enqueue(message)


@pytest.mark.parametrize("count", [0, 1, MOST_AT_ONCE, MOST_AT_ONCE + 1, 3 * MOST_AT_ONCE - 1])
def test_every_message_is_sent_in_its_order_in_as_few_turns_as_there_are_portions(count):
    session, browser = Gathered(count), Browser()
    portions = AppSession.flush_browser_queue(session)
    for portion in portions:
        Runtime._send_message(None, browser, portion)
    assert [message.hash for message in browser.written] == [str(number) for number in range(count)]
    assert len(portions) == -(-count // MOST_AT_ONCE)
    assert AppSession.flush_browser_queue(session) == []


def test_a_portion_is_far_from_what_streamlit_lets_wait_for_a_browser():
    assert 5 * MOST_AT_ONCE <= WEBSOCKET_MAX_SEND_QUEUE_SIZE
