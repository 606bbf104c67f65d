"""Files that a page offers, under `/media/`: for the sessions that were given them, for as long as these last.

Streamlit serves such a file to anybody who knows its address, a hash of what is in it, and keeps what a button made
until two more pages were drawn, which in an empty classroom is never. Here a file is served while a session that was
given it is connected: not after its tab is closed, and again if that tab comes back within Streamlit's two minutes. In
a team the browser also has to be signed in as the person of that session. Sessions with the same file share it.
"""

from __future__ import annotations

from collections import defaultdict
from http import HTTPStatus
from threading import Lock
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.core.roles import Visitor
from components.core.settings import settings
from components.server.streamlit_internals import sessions
from components.team.identity import Refused, admission_of

_lock: Final = Lock()
_given: Final[defaultdict[str, set[str]]] = defaultdict(set)  # the sessions that were given a file, by its id


def note_owner(file: str, session: str) -> None:
    """Note which session was given a file."""
    with _lock:
        _given[file].add(session)


def delete_unused() -> None:
    """Delete the files that no session uses any more, and forget which sessions were given them."""
    kept = sessions.delete_unused_files()
    with _lock:
        for file in [file for file in _given if file not in kept]:
            del _given[file]


class Exports:
    """ASGI middleware that serves these files to those who may have them, and has nobody store them.

    Parameters
    ----------
    root
        The path that the server lives under, without a slash at its end.
    """

    def __init__(self, app: ASGIApp, *, root: str = "") -> None:
        self._app = app
        self._begin = f"{root}/media/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a file that is not this browser's, and pass everything else on."""
        if scope["type"] != "http" or not scope["path"].startswith(self._begin):
            await self._app(scope, receive, send)
            return

        async def unstored(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = "no-store"
            await send(message)

        refusal = _refusal(HTTPConnection(scope), scope["path"].removeprefix(self._begin))
        await (refusal or self._app)(scope, receive, unstored)


def _refusal(request: HTTPConnection, name: str) -> PlainTextResponse | None:
    """Return the answer to a browser that may not have a file."""
    visitor = admission_of(sessions.claims_in(request.cookies) if settings().profile == "team" else {})
    if isinstance(visitor, Refused):
        return PlainTextResponse("sign in first\n", HTTPStatus.FORBIDDEN)
    connected = sessions.connected_sessions()
    with _lock:
        owners = [connected[session] for session in _given.get(sessions.file_id(name), ()) if session in connected]
    people = [admission_of(sessions.claims_of(session)) for session in owners]
    if any(isinstance(person, Visitor) and person.id == visitor.id for person in people):
        return None
    return PlainTextResponse("not found\n", HTTPStatus.NOT_FOUND)
