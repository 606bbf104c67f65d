"""Files that a page offers, under `/media/`: for the sessions that were given them, for as long as these last.

Streamlit serves such a file to anybody who knows its address, a hash of what is in it, and keeps what a button made
until two more pages were drawn, which in an empty classroom is never. Here a file is served while a session that was
given it is connected: not after its tab is closed, and again if that tab comes back within Streamlit's two minutes. In
a team the browser also has to be signed in as the person of that session. Sessions with the same file share it.

Read in Streamlit 1.67.0: `MediaFileManager.add`, `execute_deferred`, `remove_orphaned_files`, and its tables of files.
"""

from __future__ import annotations

import os.path
from collections import defaultdict
from functools import wraps
from http import HTTPStatus
from threading import Lock
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime import get_instance
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.media_file_manager import MediaFileManager

from components.core.roles import Visitor
from components.core.settings import settings
from components.server.streamlit_internals import sessions
from components.team.identity import Refused, admission_of

_lock: Final = Lock()
_given: Final[defaultdict[str, set[str]]] = defaultdict(set)  # the sessions that were given a file, by its id


def record_owners() -> None:
    """Have Streamlit note which session is given a file; another call changes nothing."""
    plain_add, plain_execute = MediaFileManager.add, MediaFileManager.execute_deferred
    if hasattr(plain_add, "__wrapped__"):
        return

    @wraps(plain_add)
    def add(self: MediaFileManager, *given: Any, **named: Any) -> str:  # noqa: ANN401 (Streamlit's own arguments)
        address = plain_add(self, *given, **named)
        session = sessions.this_session_id()
        if session is not None:
            _note(address, session)
        return address

    @wraps(plain_execute)
    def execute_deferred(self: MediaFileManager, file_id: str) -> str:
        address = plain_execute(self, file_id)
        with self._lock:
            asked = self._deferred_callables.get(file_id)
            if asked is not None:  # else the session is gone meanwhile
                # Streamlit leaves it unused, and would delete it on a busy server before the browser has fetched it
                self._files_by_session_and_coord[asked["session_id"]][f"made for {file_id}"] = _id(address)
                _note(address, asked["session_id"])
        return address

    MediaFileManager.add = add  # type: ignore[method-assign]
    MediaFileManager.execute_deferred = execute_deferred  # type: ignore[method-assign]


def delete_unused() -> None:
    """Delete the files that no session uses any more, and forget which sessions were given them."""
    files = get_instance().media_file_mgr
    files.remove_orphaned_files()  # Streamlit did it once as the session ended, and only marked what a button made
    with _lock:
        for file in [file for file in _given if file not in files._file_metadata]:
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
    with _lock:
        owners = tuple(_given.get(_id(name), ()))
    connected = [session for owner in owners if (session := sessions.session_of(owner)) is not None]
    if any(_is_of(visitor, session) for session in connected):
        return None
    return PlainTextResponse("not found\n", HTTPStatus.NOT_FOUND)


def _is_of(visitor: Visitor, session: AppSession) -> bool:
    found = admission_of(sessions.claims_of(session))
    return isinstance(found, Visitor) and found.id == visitor.id


def _note(address: str, session: str) -> None:
    with _lock:
        _given[_id(address)].add(session)


def _id(address: str) -> str:
    """Return the id of a file, which Streamlit's address ends with, before the suffix."""
    return os.path.splitext(address.rpartition("/")[2])[0]
