"""The real server refuses requests and sessions under a name that is not its own; what watches it may ask."""

from __future__ import annotations

import http.client

import pytest

from tests.browser.serving import APP, serving

WEBSOCKET = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}


def status(port: int, path: str, host: str, headers: dict[str, str] | None = None) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={"Host": host, **(headers or {})})
        return connection.getresponse().status
    finally:
        connection.close()


@pytest.mark.parametrize("command", [APP, ("-m", "streamlit", "run", "app.py")], ids=["start", "streamlit run"])
def test_another_name_gets_neither_a_page_nor_a_session(tmp_path, command):
    with serving(tmp_path, command=command) as server:
        port = int(server.origin.rpartition(":")[2])
        own, foreign = f"localhost:{port}", f"evil.example:{port}"
        assert status(port, "/", own) == 200
        assert status(port, "/", foreign) == 421
        assert status(port, "/_stcore/stream", own, {"Origin": f"http://{own}", **WEBSOCKET}) == 101
        assert status(port, "/_stcore/stream", foreign, {"Origin": f"http://{foreign}", **WEBSOCKET}) == 403
        assert status(port, "/healthz", foreign) == 200
        assert status(port, "/readyz", foreign) == 200  # by now the menu is drawn: the session waited for it
        assert f"Open http://localhost:{port} (only this machine" in server.log.read_text()
