"""What answers carry: headers that keep foreign content out, the id of the request, and how long a script is kept.

The headers tell the browser: load nothing from elsewhere, run nothing from elsewhere, no foreign frame. Streamlit sends
none of them itself. See SECURITY.md for what each keeps out.

The id is the proxy's if it sends one, else ours. It is in the answer, and in a log line with the rest. That line holds
the path without its query, which holds what a visitor typed.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Collection, Mapping
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


class KeptScripts:
    """ASGI middleware that lets a browser keep the scripts whose address changes with their content."""

    def __init__(self, app: ASGIApp, *, addresses: Collection[str]) -> None:
        self._app = app
        self._addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; the answer about such a script holds for a year."""
        if (
            scope["type"] != "http"
            or f"{scope['path']}?{scope['query_string'].decode('latin-1')}" not in self._addresses
        ):
            return await self._app(scope, receive, send)

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                MutableHeaders(scope=message)["Cache-Control"] = "public, max-age=31536000, immutable"
            await send(message)

        await self._app(scope, receive, kept)


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
