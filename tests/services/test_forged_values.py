"""Values that no widget sends, over the real websocket: the page goes on, and the log holds no traceback."""

from __future__ import annotations

import math

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

from components.operations.logs import BURST
from tests import event_loop
from tests.services.visitor_client import Visitor, visiting

ROUNDS = 2
MOST_LINES = BURST + 20  # one in ten seconds more: far more time than this takes


def forged(widget: str) -> list[WidgetState]:
    made = [
        WidgetState(id=widget, trigger_value=True),
        WidgetState(id=widget, bool_value=True),
        WidgetState(id=widget, string_value="x"),
        WidgetState(id=widget, int_value=7),
        WidgetState(id=widget, double_value=math.nan),
        WidgetState(id=widget, bytes_value=b"x"),
        WidgetState(id=widget, json_value="{"),
    ]
    for kind, value in (("int", 99), ("double", math.inf), ("string", "zz")):
        state = WidgetState(id=widget)
        getattr(state, f"{kind}_array_value").data.append(value)
        made.append(state)
    return made


async def widgets(visitor: Visitor, opening: BackMsg) -> dict[str, str]:
    """Open a page and return its widgets: ids by their keys."""
    found = {}
    await visitor._socket.send(opening.SerializeToString())
    async for data in visitor._socket:
        message = ForwardMsg.FromString(bytes(data))
        if message.WhichOneof("type") == "script_finished":
            return found
        element = message.delta.new_element
        drawn = getattr(element, element.WhichOneof("type") or "", None)
        if getattr(drawn, "id", ""):
            found[drawn.id.rsplit("-", 1)[-1]] = drawn.id
    raise ConnectionError("the server closed the connection")


def test_values_that_no_widget_sends_change_nothing_and_fill_no_log(dashboard):
    opening = BackMsg()
    opening.rerun_script.page_name = "positional-encoding"
    opening.rerun_script.query_string = "lang=en"

    async def forge(origin: str) -> list[str]:
        faults = []
        async with visiting(origin) as visitor:
            known = await widgets(visitor, opening)
            for widget in [known["lang"], known["d_model"], known["scheme"], known["length"]] * ROUNDS:
                for state in forged(widget):
                    message = BackMsg()
                    message.CopyFrom(opening)
                    message.rerun_script.widget_states.widgets.append(state)
                    faults += (await visitor._ask(message)).faults
            faults += (await visitor._ask(opening)).faults  # an ordinary click afterwards
        return faults

    before = len(dashboard.log.read_text())
    faults = event_loop.run(forge(dashboard.origin))
    log = dashboard.log.read_text()[before:]
    assert faults == []
    assert "Traceback" not in log
    assert "a value that its widget lang cannot have" in log
    assert len(log.splitlines()) < MOST_LINES
