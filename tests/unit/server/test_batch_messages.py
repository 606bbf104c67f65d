"""What a run sends leaves together, in portions that a browser's connection takes."""

from __future__ import annotations

import asyncio

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime import Runtime
from streamlit.web.server.starlette.starlette_server_config import WEBSOCKET_MAX_SEND_QUEUE_SIZE

from components.server.streamlit_internals.messages import HOLD_S, MOST_AT_ONCE, batch_messages


class Browser:
    """What the server knows of a browser, and what was written to it."""

    script_run_count = 0

    def __init__(self):
        self.client = self
        self.written = []

    def write_forward_msg(self, message):
        self.written.append(message)


@pytest.fixture
def _batched(monkeypatch):
    for owner, name in (
        (AppSession, "flush_browser_queue"),
        (AppSession, "_enqueue_forward_msg"),
        (Runtime, "_send_message"),
    ):
        monkeypatch.setattr(owner, name, getattr(owner, name))  # and back afterwards
    batch_messages()
    batch_messages()  # another call changes nothing


def message(number):
    made = ForwardMsg(hash=str(number))
    made.session_event.script_changed_on_disk = True
    return made


class Gathered:
    """What a session holds for its browser."""

    def __init__(self, count):
        self._state = AppSessionState.APP_NOT_RUNNING
        self._browser_queue = ForwardMsgQueue()
        for number in range(count):
            self._browser_queue.enqueue(message(number))

    def begin(self):
        """Run in a loop, and write down when that is told that there is something to send."""
        self.told = 0
        self._event_loop = asyncio.get_running_loop()
        self._state = AppSessionState.APP_IS_RUNNING

    def _message_enqueued_callback(self):
        self.told += 1


@pytest.mark.usefixtures("_batched")
@pytest.mark.parametrize("count", [0, 1, MOST_AT_ONCE, MOST_AT_ONCE + 1, 3 * MOST_AT_ONCE - 1])
def test_every_message_is_sent_in_its_order_in_as_few_turns_as_there_are_portions(count):
    session, browser = Gathered(count), Browser()
    portions = AppSession.flush_browser_queue(session)
    for portion in portions:
        Runtime._send_message(None, browser, portion)
    assert [message.hash for message in browser.written] == [str(number) for number in range(count)]
    assert len(portions) == -(-count // MOST_AT_ONCE)
    assert AppSession.flush_browser_queue(session) == []


@pytest.mark.usefixtures("_batched")
def test_what_a_run_sends_waits_for_its_end():
    async def run():
        session = Gathered(0)
        session.begin()
        for number in range(3):
            AppSession._enqueue_forward_msg(session, message(number))
        assert AppSession.flush_browser_queue(session) == []  # also when another session had the loop woken
        assert session.told == 0
        session._state = AppSessionState.APP_NOT_RUNNING
        AppSession._enqueue_forward_msg(session, message(3))
        assert session.told == 1
        [portion] = AppSession.flush_browser_queue(session)
        assert [each.hash for each in portion] == ["0", "1", "2", "3"]

    asyncio.run(run())


@pytest.mark.usefixtures("_batched")
def test_nobody_is_woken_for_what_was_sent():
    async def run():
        session = Gathered(0)
        session.begin()
        AppSession._enqueue_forward_msg(session, message(0))
        session._state = AppSessionState.APP_NOT_RUNNING
        assert AppSession.flush_browser_queue(session) != []
        await asyncio.sleep(3 * HOLD_S)
        assert session.told == 0

    asyncio.run(run())


@pytest.mark.usefixtures("_batched")
def test_a_long_run_is_seen_at_work():
    async def run():
        session = Gathered(0)
        session.begin()
        for number in range(2):
            AppSession._enqueue_forward_msg(session, message(number))
            while session.told == number:
                await asyncio.sleep(HOLD_S / 10)
            [portion] = AppSession.flush_browser_queue(session)
            assert [each.hash for each in portion] == [str(number)]

    asyncio.run(asyncio.wait_for(run(), 60))


def test_a_portion_is_far_from_what_streamlit_lets_wait_for_a_browser():
    assert 5 * MOST_AT_ONCE <= WEBSOCKET_MAX_SEND_QUEUE_SIZE
