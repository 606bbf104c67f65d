"""A foreign page, or one under a foreign name, gets nothing, however the server was started; what watches it may ask.

Handshakes with a foreign Origin are refused at once: nothing leaves the machine, and nobody waits meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from tests import event_loop
from tests.browser.serving import APP, Server, serving

HANDSHAKES = 8
ANSWERS_WITHIN_S = 5.0  # a look-up of Streamlit's takes 2 s a handshake, one after the other
WEBSOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


@contextlib.contextmanager
def black_hole() -> Iterator[tuple[str, list[object]]]:
    """Give the address of a proxy that takes every connection and never answers, and the list of who came."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def take() -> None:
            with contextlib.suppress(OSError):  # closed: the test is over
                while True:
                    came.append(listener.accept())

        threading.Thread(target=take, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", came
        listener.shutdown(socket.SHUT_RDWR)


async def handshake(server: str, origin: str) -> bool:
    """Return whether a page of this origin gets a session."""
    address = f"ws{server.removeprefix('http')}/_stcore/stream"
    headers = {"Origin": origin}
    try:
        async with connect(
            address, subprotocols=[Subprotocol("streamlit")], additional_headers=headers, open_timeout=60, proxy=None
        ):
            return True
    except InvalidStatus as refused:
        if refused.response.status_code != 403:
            raise
        return False


def answer_time_s(server: str) -> float:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    started_s = time.monotonic()
    with direct.open(f"{server}/healthz", timeout=60) as answer:
        assert answer.status == 200
    return time.monotonic() - started_s


@pytest.fixture(
    scope="module",
    params=[APP, ("-m", "streamlit", "run", "app.py")],
    ids=["start", "streamlit run"],
)
def reached(request, tmp_path_factory) -> Iterator[tuple[Server, list[object]]]:
    """A server behind a proxy that never answers, and the list of who came to it."""
    with black_hole() as (proxy, came):
        variables = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), proxy)
        folder = tmp_path_factory.mktemp("reached")
        with serving(folder, command=request.param, variables={**variables, "no_proxy": ""}) as server:
            yield server, came


def test_a_foreign_page_gets_no_session_nobody_waits_and_nothing_leaves_the_machine(reached):
    server, came = reached

    async def knock() -> tuple[list[bool], float]:
        foreign = asyncio.gather(*(handshake(server.origin, "http://evil.example") for _ in range(HANDSHAKES)))
        await asyncio.sleep(0.1)
        waited_s = await asyncio.to_thread(answer_time_s, server.origin)
        return await foreign, waited_s

    assert event_loop.run(handshake(server.origin, server.origin))  # the own page; and the menu is drawn now
    accepted, waited_s = event_loop.run(knock())
    assert came == []
    assert server.fence.read_text() == ""
    assert accepted == [False] * HANDSHAKES
    assert waited_s < ANSWERS_WITHIN_S


def status(port: int, path: str, host: str, headers: dict[str, str] | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Host": host, **(headers or {})})
        return connection.getresponse().status
    finally:
        connection.close()


def test_another_name_gets_neither_a_page_nor_a_session(reached):
    server, _ = reached
    port = int(server.origin.rpartition(":")[2])
    own, foreign = f"localhost:{port}", f"evil.example:{port}"
    assert status(port, "/", own) == 200
    assert status(port, "/", foreign) == 421
    assert status(port, "/_stcore/stream", own, {"Origin": f"http://{own}", **WEBSOCKET}) == 101
    assert status(port, "/_stcore/stream", foreign, {"Origin": f"http://{foreign}", **WEBSOCKET}) == 403
    assert status(port, "/healthz", foreign) == 200
    assert status(port, "/readyz", foreign) == 200  # by now the menu is drawn: the session waited for it
    assert f"Open http://localhost:{port} (only this machine" in server.log.read_text()
