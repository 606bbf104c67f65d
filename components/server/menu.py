"""Sessions begin once the menu was drawn.

Until then Streamlit doesn't know the pages, and would tell the first visitor who follows a deep link "Page not found"
over a page that is there. Everything else is answered meanwhile, so a browser fetches the app's own files while Python
still imports the pages.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from components.server.streamlit_internals.sessions import try_script

_drawn: Final[list[bool]] = []
_tried: Final = asyncio.Event()

log = logging.getLogger(__name__)


async def draw() -> None:
    """Run app.py in a throw-away session, then let the visitors in. Call it in the server's event loop."""
    ran = False
    try:
        ran, said = await try_script()
        if not ran:
            log.warning("app.py did not run at the start (%s); a first deep link may show 'Page not found'", said)
    finally:  # whatever happened: who is kept waiting sees nothing at all
        note(ran)


def note(drawn: bool) -> None:
    """Say whether the menu could be drawn. Visitors come in either way: they see what is wrong."""
    _drawn[:] = [drawn]
    _tried.set()


def is_drawn() -> bool:
    """Return whether the pages are known."""
    return _drawn == [True]


class WaitUntilReady:
    """ASGI middleware: sessions, which are websockets, wait for the menu."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, a session when it is its time."""
        if scope["type"] == "websocket":
            await _tried.wait()
        await self._app(scope, receive, send)
