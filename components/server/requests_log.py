"""Each request has an id: the proxy's if it sends one, else ours. It is in the answer, and in a log line with the rest.

The line holds the path without its query, which holds what a visitor typed.
"""

from __future__ import annotations

import logging
import re
import time
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.operations import logs

NAME: Final = "X-Request-ID"
_MOST_PATH: Final = 200
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")

log = logging.getLogger(__name__)


class RequestsLog:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request or a websocket on, and write its line when it has ended."""
        if scope["type"] not in ("http", "websocket"):
            return await self._app(scope, receive, send)
        given = Headers(scope=scope).get(NAME, "")
        request = given if _WELL_FORMED.fullmatch(given) else logs.new_id()
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[NAME] = request
            elif message["type"] == "websocket.accept":
                status = 101
            await send(message)

        started_s = time.monotonic()
        with logs.carrying(request=request):
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
