"""A small web server on this machine that serves what a test gives it, and can break off in the middle."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What one path gives.

    Attributes
    ----------
    breaks
        After how many bytes the connection is cut, once for each number.
    ranges
        Whether it can begin in the middle.
    """

    content: bytes = b""
    status: int = 200
    kind: str = "application/octet-stream"
    headers: dict[str, str] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    ranges: bool = True


@dataclass
class Seen:
    """One request that came."""

    path: str
    range: str | None
    authorization: str | None


@dataclass
class Site:
    """The server's content, and the requests it saw."""

    answers: dict[str, Answer] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    url: str = ""

    def asked(self, ending: str) -> list[Seen]:
        """Return the requests for a path with this ending."""
        return [request for request in self.seen if request.path.endswith(ending)]


@contextmanager
def serve() -> Iterator[Site]:
    """Run a server on the loopback interface while a block lasts."""
    site = Site()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(site))
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def closed_port() -> str:
    """Return the address of a server that has gone: a connection to it is refused at once."""
    with serve() as site:
        return site.url


def _handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            asked_range = self.headers.get("Range")
            site.seen.append(Seen(path, asked_range, self.headers.get("Authorization")))
            answer = site.answers.get(path, Answer(b"there is no such thing", 404))
            match = re.fullmatch(r"bytes=(\d+)-", asked_range or "")
            start = int(match[1]) if match and answer.ranges and answer.status == 200 else 0
            self._send(answer, start)

        def _send(self, answer: Answer, start: int) -> None:
            content = answer.content[start:]
            self.send_response(206 if start else answer.status)
            if start:
                whole = len(answer.content)
                self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if answer.breaks:
                self.wfile.write(content[: answer.breaks.pop(0)])
                self.wfile.flush()
                self.close_connection = True
            else:
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Say nothing: pytest shows what a test prints."""

    return Handler
