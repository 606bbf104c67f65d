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


@pytest.mark.parametrize("address", ["http://example.org/x", "http://192.0.2.1/x"])
def test_a_browser_that_asks_another_machine_is_noted(tabs, app, address):
    visit = Visitor(tabs, app)
    page = visit("/")
    with pytest.raises(Error, match="ERR_"):
        page.goto(address)
    assert f"foreign request: GET {address}" in visit.faults()
    visit.leave()
