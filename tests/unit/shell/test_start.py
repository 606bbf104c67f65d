"""The start command opens the app once itself, as soon as the server answers, and asks nobody else."""

from __future__ import annotations

import http.server
import logging
import threading
from collections.abc import Iterator

import pytest

from components.shell import start


class Recording(http.server.BaseHTTPRequestHandler):
    """Answers every request and writes down its path."""

    paths: list[str]

    def do_GET(self) -> None:
        self.paths.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_parts: object) -> None:
        """Keep the test's output quiet."""


@pytest.fixture
def listening() -> Iterator[tuple[int, list[str]]]:
    paths: list[str] = []
    handler = type("Handler", (Recording,), {"paths": paths})
    with http.server.HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_address[1], paths
        server.shutdown()
        thread.join()


def configure(monkeypatch, port: int, *, base: str = "") -> None:
    options = {"server.address": "127.0.0.1", "server.port": port, "server.baseUrlPath": base}
    monkeypatch.setattr(start.config, "get_option", options.__getitem__)


@pytest.mark.parametrize(("base", "path"), [("", "/"), ("class/a", "/class/a/"), ("/x/", "/x/")])
def test_the_app_is_opened_once_at_its_own_address(monkeypatch, listening, base, path):
    port, paths = listening
    configure(monkeypatch, port, base=base)
    start._open_once()
    assert paths == [f"{path}_stcore/script-health-check"]


def test_without_an_address_the_loopback_is_asked(monkeypatch, listening):
    port, paths = listening
    options = {"server.address": None, "server.port": port, "server.baseUrlPath": None}
    monkeypatch.setattr(start.config, "get_option", options.__getitem__)
    start._open_once()
    assert len(paths) == 1


def test_a_server_that_never_comes_is_given_up_with_a_word(monkeypatch, caplog):
    configure(monkeypatch, 9)  # the discard port: nobody listens there
    monkeypatch.setattr(start, "READY_WITHIN_S", 0.5)
    with caplog.at_level(logging.WARNING):
        start._open_once()
    assert "was not ready" in caplog.text


def test_it_starts_the_front_door():
    assert start.APP.name == "app.py"
    assert start.APP.is_file()
