"""Nothing gets out of the server or the browser, and who tried is written down; else the browser tests prove little."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Error

from tests.browser.visitor import Visitor

FENCE = Path(__file__).with_name("fence")


def run_fenced(code: str, log: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(FENCE), "FENCE_LOG": str(log)}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize(
    ("code", "host"),
    [
        ("import socket; socket.create_connection(('192.0.2.1', 80), 1)", "192.0.2.1"),
        ("import socket; socket.getaddrinfo('example.org', 443)", "example.org"),
        ("import urllib.request; urllib.request.urlopen('http://example.org/x', timeout=1)", "example.org"),
        (
            "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
            "192.0.2.1",
        ),
    ],
)
def test_the_way_out_is_closed_and_noted(tmp_path, code, host):
    done = run_fenced(code, tmp_path / "log")
    assert done.returncode != 0
    assert f"the fence lets nothing through to {host}" in done.stderr
    assert host in (tmp_path / "log").read_text()


def test_children_are_fenced_too(tmp_path):
    code = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', 'import socket; "
    done = run_fenced(code + 'socket.getaddrinfo("example.org", 443)\']))', tmp_path / "log")
    assert done.returncode != 0
    assert "example.org" in (tmp_path / "log").read_text()


def test_this_machine_is_reached(tmp_path):
    code = """
import socket
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
socket.getaddrinfo("localhost", 80)
server.close()
"""
    done = run_fenced(code, tmp_path / "log")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "log").exists()


def test_the_fence_and_the_notes_of_a_visitor_hold(tabs, app):
    """The checks behind every test here would notice: a request, a socket and an error are made on purpose."""
    visitor = Visitor(tabs, app)
    page = visitor("/")
    page.evaluate("fetch('https://example.org/refused').catch(() => 0)")  # by the Content-Security-Policy
    page.evaluate("setTimeout(() => { throw new Error('on purpose') })")
    page.evaluate("console.error('also on purpose')")
    page.wait_for_timeout(200)
    for elsewhere in ("https://example.org/x", "http://192.0.2.1/x"):  # a page's policy keeps nobody from leaving it
        # what the browser shows instead comes a moment later
        with page.expect_event("framenavigated"), pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
            page.goto(elsewhere)
    page.evaluate("new Promise((done) => { new WebSocket('wss://example.org/y').onclose = done })")
    visitor.leave()
    faults = "\n".join(visitor.faults())
    expected = (
        "GET https://example.org/x",
        "GET http://192.0.2.1/x",
        "websocket: wss://example.org/y",
        "https://example.org/refused' violates",
    )
    for part in (*expected, "on purpose", "also on purpose"):
        assert part in faults
