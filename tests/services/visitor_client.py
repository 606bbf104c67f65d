"""A visitor without a browser: Streamlit's own messages over its websocket.

The protocol is private to Streamlit and its pages; the release is pinned, and the tests that use this would notice a
change. What it leaves out is what a browser costs: drawing, and keeping messages it was sent before.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from streamlit.proto.Alert_pb2 import Alert
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.DownloadButton_pb2 import DownloadButton
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME, XSRF_COOKIE_NAME
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

MOST_WAIT_S: Final = 120
_REPLACED: Final = ForwardMsg.ScriptFinishedStatus.FINISHED_EARLY_FOR_RERUN


@dataclass(frozen=True)
class Run:
    """What came back for one visit or one change."""

    seconds: float
    """From the question to the end of the script."""
    sizes_bytes: tuple[int, ...]
    """Of each message."""
    faults: tuple[str, ...]
    """Error boxes, exceptions and pages that were not found."""


class Visitor:
    """One session."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._at = BackMsg()
        self._buttons: dict[str, str] = {}
        self._widgets: dict[str, tuple[str, str]] = {}
        self._states: dict[str, WidgetState] = {}
        self._downloads: dict[str, DownloadButton] = {}
        self.session = ""
        """Its id, once a page is open."""

    async def open(self, slug: str, **parameters: str) -> Run:
        """Open a page by its link, or move on the one that is open: the same page with other parameters.

        Raises
        ------
        TimeoutError
            If the script has not ended after `MOST_WAIT_S`.
        """
        self._buttons, self._widgets, self._states = {}, {}, {}
        self._at = BackMsg()
        self._at.rerun_script.page_name = slug
        self._at.rerun_script.query_string = urlencode({"lang": "en", **parameters})
        return await self._ask(self._at)

    def has_button(self, key: str) -> bool:
        """Say whether the last run drew the button with this widget key."""
        return key in self._buttons

    async def press(self, key: str) -> Run:
        """Press the button with this widget key, on the page that is open.

        Raises
        ------
        KeyError
            If no such button has been drawn.
        TimeoutError
            If the script has not ended after `MOST_WAIT_S`.
        """
        message = BackMsg()
        message.CopyFrom(self._at)
        message.rerun_script.widget_states.widgets.add(id=self._buttons[key], trigger_value=True)
        return await self._ask(message)

    async def change(self, key: str, *, query: dict[str, str] | None = None, **value: str | Sequence[str]) -> Run:
        """Change the widget with this key as a browser does: with all that was changed before, in its fragment.

        Parameters
        ----------
        query
            What else the address has by now.
        value
            The field of Streamlit's `WidgetState` and its value, such as `string_value="A text"`.

        Raises
        ------
        KeyError
            If no such widget has been drawn.
        TimeoutError
            If the script has not ended after `MOST_WAIT_S`.
        """
        widget, fragment = self._widgets[key]
        state = WidgetState(id=widget)
        for name, given in value.items():
            if isinstance(given, str):
                setattr(state, name, given)
            else:
                getattr(state, name).data.extend(given)
        self._states[widget] = state
        asked = self._at.rerun_script
        asked.query_string = urlencode(dict(parse_qsl(asked.query_string)) | (query or {}))
        message = BackMsg()
        message.CopyFrom(self._at)
        message.rerun_script.fragment_id = fragment
        message.rerun_script.widget_states.widgets.extend(self._states.values())
        return await self._ask(message)

    async def download(self, key: str) -> str:
        """Press the download button with this widget key, and return the address of the file, under the server's.

        Raises
        ------
        KeyError
            If no such button has been drawn.
        """
        button = self._downloads[key]
        if button.url:
            return button.url
        message = BackMsg()
        message.backend_operation_request.session_id = self.session
        message.backend_operation_request.deferred_file.file_id = button.deferred_file_id
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(MOST_WAIT_S):
            async for data in self._socket:
                answer = ForwardMsg.FromString(bytes(data))
                if answer.WhichOneof("type") == "backend_operation_response":
                    return answer.backend_operation_response.deferred_file.url
        raise ConnectionError("the server closed the connection")

    async def answers(self, *messages: BackMsg) -> list[ForwardMsg]:
        """Send messages, and return what came back until the server had read the last one."""
        for message in (*messages, BackMsg(app_heartbeat=True)):
            await self._socket.send(message.SerializeToString())
        found = []
        async with asyncio.timeout(MOST_WAIT_S):
            async for data in self._socket:
                message = ForwardMsg.FromString(bytes(data))
                if message.WhichOneof("type") == "heartbeat_ack":
                    return found
                found.append(message)
        raise ConnectionError("the server closed the connection")

    async def _ask(self, message: BackMsg) -> Run:
        started = time.perf_counter()
        await self._socket.send(message.SerializeToString())
        async with asyncio.timeout(MOST_WAIT_S):
            sizes, faults = await self._until_finished()
        return Run(time.perf_counter() - started, tuple(sizes), tuple(faults))

    async def wait(self) -> None:
        """Read on until the next run that nobody asked for here has ended.

        Raises
        ------
        websockets.exceptions.ConnectionClosed
            If the server goes.
        """
        await self._until_finished()

    async def _until_finished(self) -> tuple[list[int], list[str]]:
        sizes, faults = [], []
        async for data in self._socket:
            sizes.append(len(data))
            message = ForwardMsg.FromString(bytes(data))
            match message.WhichOneof("type"):
                case "script_finished" if message.script_finished != _REPLACED:
                    return sizes, faults
                case "new_session":
                    self.session = message.new_session.initialize.session_id
                case "page_not_found":
                    faults.append("page not found")
                case "delta":
                    faults.extend(_faults(message))
                    self._note_widget(message)
        raise ConnectionError("the server closed the connection")

    def _note_widget(self, message: ForwardMsg) -> None:
        element = message.delta.new_element
        kind = element.WhichOneof("type")
        drawn = getattr(element, kind or "", None)
        widget = getattr(drawn, "id", "")
        if not widget:
            return
        self._widgets[_key(widget)] = widget, message.delta.fragment_id
        if kind == "button":
            self._buttons[_key(widget)] = widget
        elif kind == "download_button":
            self._downloads[_key(widget)] = element.download_button


@asynccontextmanager
async def visiting(
    origin: str, *, user_cookie: str | None = None, browser: str | None = None, session: str | None = None
) -> AsyncIterator[Visitor]:
    """Connect as a new visitor in a browser of their own, or as one who comes back.

    Parameters
    ----------
    origin
        May have a path, as the server's base path.
    user_cookie
        What Streamlit gave somebody who signed in.
    browser
        A token that another visitor has, too: two tabs of one browser.
    session
        The id of the session to come back to.
    """
    address = f"ws{origin.removeprefix('http')}/_stcore/stream"
    token = browser or generate_xsrf_token_string()
    protocols = [Subprotocol("streamlit"), Subprotocol(token)]
    parts = urlsplit(origin)
    headers = {"Cookie": f"{XSRF_COOKIE_NAME}={token}", "Origin": f"{parts.scheme}://{parts.netloc}"}
    if user_cookie is not None:
        headers["Cookie"] += f"; {USER_COOKIE_NAME}={user_cookie}"
    if session is not None:
        protocols.append(Subprotocol(session))
    async with connect(
        address, subprotocols=protocols, max_size=None, open_timeout=MOST_WAIT_S, additional_headers=headers
    ) as socket:
        yield Visitor(socket)


def _key(widget: str) -> str:
    return widget.split("-", 2)[-1]


def _faults(message: ForwardMsg) -> list[str]:
    element = message.delta.new_element
    match element.WhichOneof("type"):
        case "exception":
            return [element.exception.message]
        case "alert" if element.alert.format == Alert.ERROR:
            return [element.alert.body]
    return []
