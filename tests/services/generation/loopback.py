"""An HTTP server on loopback whose answers come piece by piece, and that knows when its visitor has gone."""

from __future__ import annotations

import contextlib
import json
import select
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_S = 30.0
"""Longer than anything here takes, on any machine."""


@dataclass
class Record:
    """What a server was asked and did.

    Attributes
    ----------
    paths, headers, bodies
        Of each request, in order.
    generated
        Tokens that were computed, over all requests.
    gone
        Set when a visitor left while something was computed for them.
    """

    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    generated: int = 0
    gone: threading.Event = field(default_factory=threading.Event)


class Handler(BaseHTTPRequestHandler):
    """Answers one request; `post` is given by `serving`."""

    protocol_version = "HTTP/1.1"
    record: Record
    post: Callable[[Handler, dict[str, Any]], None]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])) or b"{}")
        self.record.paths.append(self.path)
        self.record.headers.append(dict(self.headers))
        self.record.bodies.append(body)
        try:
            self.post(body)
        except (BrokenPipeError, ConnectionResetError):
            self.record.gone.set()
            self.close_connection = True

    def do_GET(self) -> None:
        self.record.paths.append(self.path)
        self.record.headers.append(dict(self.headers))
        self.record.bodies.append({})
        self.post({})

    def whole(self, status: int, body: bytes, **headers: str) -> None:
        """Send an answer in one piece."""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin(self, content_type: str) -> None:
        """Begin an answer that comes in pieces."""
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def piece(self, data: bytes) -> None:
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def end(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def cut(self) -> None:
        """Close the connection in the middle of an answer."""
        self.close_connection = True
        self.wfile.flush()
        self.connection.close()

    def think(self) -> None:
        """Say nothing until the visitor has gone."""
        if select.select([self.connection], [], [], WAIT_S)[0]:
            self.record.gone.set()
        self.close_connection = True

    def log_message(self, *_args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):  # a visitor who leaves is no error
            super().handle_error(request, client_address)


@contextlib.contextmanager
def serving(record: Record, post: Callable[[Handler, dict[str, Any]], None]) -> Iterator[str]:
    """Serve for as long as the block lasts; gives the address."""
    handler = type("Own", (Handler,), {"record": record, "post": post})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
