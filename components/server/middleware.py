"""Around every answer: headers that keep foreign content out, the id of the request, and files that are in memory.

The headers tell the browser: load nothing from elsewhere, run nothing from elsewhere, no foreign frame. Streamlit sends
none of them itself. See SECURITY.md for what each keeps out.

The id is the proxy's if it sends one, else ours. It is in the answer, and in a log line with the rest. That line holds
the path without its query, which holds what a visitor typed.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.operations import logs

REQUEST_ID: Final = "X-Request-ID"
_MOST_PATH: Final = 200
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

_EVERYWHERE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # a link holds what a visitor typed: it is not told to the sites we link to
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

# Inline scripts are allowed because Streamlit's own page has one and BertViz's views are documents made of them; they
# are fed with data in JSON only. 'self' covers the websocket. blob: is how components bring their script.
_CONTENT: Final = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' blob:",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "media-src 'self' data: blob:",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)

_FRAMED_BY: Final = {"class": "'none'", "studio": "'self' https://*.sagemaker.aws", "team": "'none'"}

_TYPES: Final = {".js": "text/javascript", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}
"""What `KeptFiles` holds, by the end of the name; a machine's own table may have other types for these."""

log = logging.getLogger(__name__)


def security_headers(profile: str) -> dict[str, str]:
    """Return the headers of a profile.

    Raises
    ------
    KeyError
        If there is no such profile.
    """
    policy = "; ".join((*_CONTENT, f"frame-ancestors {_FRAMED_BY[profile]}"))
    return {**_EVERYWHERE, "Content-Security-Policy": policy}


class SecurityHeaders:
    """ASGI middleware that adds headers to each answer that does not set them itself."""

    def __init__(self, app: ASGIApp, *, headers: Mapping[str, str]) -> None:
        self._app = app
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and complete its answer."""

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    given.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, completed if scope["type"] == "http" else send)


class KeptFiles:
    """ASGI middleware that answers for files from memory: those that every first visit needs, a hundred at once.

    Streamlit reads each from the disk anew, a piece at a time in another thread. On a machine that is drawing pages
    meanwhile, each of these turns waits for the interpreter: fetching took longer than all the rest of an opening.

    Parameters
    ----------
    files
        Scripts, styles and fonts, by path, with the query if there is one; others are passed on. The address changes
        with the content, so a browser may keep it. What is in memory is what was there at the first request.
    """

    def __init__(self, app: ASGIApp, *, files: Mapping[str, Path]) -> None:
        self._app = app
        self._files = {address: path for address, path in files.items() if path.suffix in _TYPES}
        self._read: dict[str, tuple[list[tuple[bytes, bytes]], bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for such a file, and pass everything else on."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return await self._app(scope, receive, send)
        query = scope["query_string"].decode("latin-1")
        address = f"{scope['path']}?{query}" if query else scope["path"]
        if address not in self._files:
            return await self._app(scope, receive, send)
        try:
            headers, content = self._answer(address)
        except OSError:  # an update has taken it away: whatever the server says of a file that is not there
            return await self._app(scope, receive, send)
        await send({"type": "http.response.start", "status": HTTPStatus.OK, "headers": list(headers)})
        await send({"type": "http.response.body", "body": content if scope["method"] == "GET" else b""})

    def _answer(self, address: str) -> tuple[list[tuple[bytes, bytes]], bytes]:
        found = self._read.get(address)
        if found is None:
            path = self._files[address]
            content = path.read_bytes()
            headers = {
                "content-type": _TYPES[path.suffix],
                "content-length": str(len(content)),
                "cache-control": "public, max-age=31536000, immutable",
            }
            found = [(name.encode(), value.encode()) for name, value in headers.items()], content
            self._read[address] = found
        return found


class RequestsLog:
    """ASGI middleware around everything else: gives each request its id, and writes its line."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request or a websocket on, and write its line when it has ended."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request = given if _WELL_FORMED.fullmatch(given) else logs.new_id()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        started_s = time.monotonic()
        with logs.add_ids(request=request):
            try:
                await self._app(scope, receive, noting)
            finally:
                log.info(
                    "%s %s %d",
                    scope.get("method", "WEBSOCKET"),
                    scope["path"][:_MOST_PATH],
                    status,
                    extra={"milliseconds": round(1000 * (time.monotonic() - started_s), 1)},
                )
