"""However a visitor leaves a run, it ends within one token: forward passes of a real server are counted.

Streamlit learns of a click or a closed tab at some moment, and marks the session's script. What this process computes
after that moment is what counts; how long the message was on its way is the network's affair.
"""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlencode

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from tests import event_loop
from tests.browser.serving import serving

pytestmark = pytest.mark.real_model

COMMAND = ("-m", "tests.services.generation.counted")
WAIT_S = 120
BEFORE = 4  # tokens that are written before the visitor leaves
QUERY = urlencode({"lang": "en", "prompt": "This movie was", "seed": "3", "max_new_tokens": "512", "run": "1"})


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("counted")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("COUNTED", str(folder / "counted"))
        with serving(folder, command=COMMAND) as running:
            yield running


def happened(server):
    file = server.log.with_name("counted")
    return file.read_text(encoding="utf-8").split() if file.exists() else []


async def until(condition):
    limit = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < limit, "it has not happened"
        await asyncio.sleep(0.02)


class Tab:
    """A tab of a browser, as far as the server sees it."""

    def __init__(self, socket):
        self.socket = socket
        self.widgets = {}

    def message(self, page="generation"):
        asked = BackMsg()
        asked.rerun_script.page_name = page
        asked.rerun_script.query_string = QUERY if page == "generation" else "lang=en"
        return asked

    async def send(self, message):
        await self.socket.send(message.SerializeToString())

    async def read(self):
        """Note the widgets that are drawn, by their keys, for as long as the tab is open."""
        async for data in self.socket:
            element = ForwardMsg.FromString(data).delta.new_element
            kind = element.WhichOneof("type")
            if kind in ("button", "slider"):
                widget = getattr(element, kind).id
                self.widgets[widget.split("-", 2)[-1]] = widget


async def stop(tab):
    await until(lambda: "generation_stop" in tab.widgets)
    asked = tab.message()
    asked.rerun_script.widget_states.widgets.add(id=tab.widgets["generation_stop"], trigger_value=True)
    await tab.send(asked)


async def move_a_slider(tab):
    asked = tab.message()
    moved = asked.rerun_script.widget_states.widgets.add(id=tab.widgets["temperature"])
    moved.double_array_value.data.append(1.3)
    await tab.send(asked)


async def open_another_page(tab):
    await tab.send(tab.message("tokenizer"))


async def close(tab):
    await tab.socket.close()


async def left(server, way):
    """Return what happened from when a long run was going on, until nothing has for a while."""
    before = len(happened(server))
    address = f"ws{server.origin.removeprefix('http')}/_stcore/stream"
    async with connect(address, subprotocols=["streamlit"], max_size=None, open_timeout=WAIT_S) as socket:
        tab = Tab(socket)
        reading = asyncio.create_task(tab.read())
        await tab.send(tab.message())
        await until(lambda: happened(server)[before:].count("pass") >= BEFORE)
        going = len(happened(server))
        await way(tab)
        await until(lambda: "told" in happened(server)[going:])
        told = len(happened(server))
        while True:  # a script that was told to end has done so when a second brings nothing new
            await asyncio.sleep(1)
            if len(happened(server)) == told:
                break
            told = len(happened(server))
        reading.cancel()
    return happened(server)[going:]


@pytest.mark.parametrize("way", [stop, move_a_slider, open_another_page, close])
def test_a_run_that_is_left_computes_at_most_the_token_it_was_at(server, way):
    events = event_loop.run(left(server, way))
    after = events[events.index("told") + 1 :]
    assert after.count("pass") <= 1, events
