"""How much of what visitors upload is kept in memory: of one session, and of all together.

Streamlit bounds the size of one file and nothing else, and keeps every file until its session ends or its uploader
takes it out; a file of a page that was left stays. Here a session keeps its newest files. What arrives counts before
it is read, by the length that the browser declares or, without one, as the largest file that is allowed. When all
together hold as much as they may, an uploader says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final, cast

import streamlit as st
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES, _, use
from components.server.streamlit_internals import sessions
from components.team.identity import Refused, admission_of

SESSION_FILES: Final = 3
SESSION_BYTES: Final = 40 * 2**20
SESSION_AT_ONCE: Final = 2
ALL_BYTES: Final = 256 * 2**20
WITHIN_S: Final = 120.0
"""How long one file may take to arrive: until then it counts, however little of it has come."""

_FRAME_BYTES: Final = 2**20  # what Streamlit allows the form around a file

_arriving: Final[dict[object, tuple[str, int]]] = {}  # session and bytes; only the event loop touches it


class UploadBounds:
    """ASGI middleware around the address of uploads.

    Parameters
    ----------
    root
        The path that the server lives under, without a slash at its end.
    """

    def __init__(self, app: ASGIApp, *, root: str = "") -> None:
        self._app = app
        self._begin = f"{root}/_stcore/upload_file/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a file in if there is room for it, and pass everything else on."""
        if scope["type"] != "http" or scope["method"] != "PUT" or not scope["path"].startswith(self._begin):
            await self._app(scope, receive, send)
            return
        session, _slash, file = scope["path"].removeprefix(self._begin).partition("/")
        size_bytes = _declared_bytes(Headers(scope=scope))
        answer = _refusal(session, size_bytes)
        try:
            async with asyncio.timeout(WITHIN_S):
                if answer is None:
                    with _arrival(session, size_bytes):
                        await self._app(scope, receive, send)
                else:
                    await _discard(receive)  # a browser reads no answer before it has sent all
        except TimeoutError:
            answer = PlainTextResponse("the file took too long\n", HTTPStatus.REQUEST_TIMEOUT)
        if answer is None:
            _keep_newest(session, file)
        else:
            await answer(scope, receive, send)


def refuse_when_full(language: str) -> str | None:
    """Return what an uploader says before it sends a file that finds no room; None if there is room."""
    if _has_room(most_bytes()):
        return None
    with use(language if language in LANGUAGES else DEFAULT_LANGUAGE):
        return _(
            "No file can be uploaded now: visitors have uploaded as much as this dashboard keeps in memory. Try again "
            "in a few minutes."
        )


def most_bytes() -> int:
    """Return how much one upload may send: the largest file, and the form around it."""
    return cast("int", st.get_option("server.maxUploadSize")) * 2**20 + _FRAME_BYTES


def _refusal(session: str, size_bytes: int) -> PlainTextResponse | None:
    connected = sessions.connected_sessions().get(session)
    if connected is not None and isinstance(admission_of(sessions.claims_of(connected)), Refused):
        return PlainTextResponse("sign in first\n", HTTPStatus.FORBIDDEN)
    if sum(owner == session for owner, _bytes in _arriving.values()) >= SESSION_AT_ONCE:
        return PlainTextResponse("wait for the files before\n", HTTPStatus.TOO_MANY_REQUESTS)
    if not _has_room(size_bytes):
        return PlainTextResponse("no room for a file now\n", HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "60"})
    return None


def _has_room(size_bytes: int) -> bool:
    kept = sum(sum(files.values()) for files in sessions.uploaded_bytes().values())
    return kept + sum(size for _owner, size in _arriving.values()) + size_bytes <= ALL_BYTES


@contextmanager
def _arrival(session: str, size_bytes: int) -> Iterator[None]:
    """Count a file for as long as it arrives."""
    this = object()
    _arriving[this] = session, size_bytes
    try:
        yield
    finally:
        del _arriving[this]


def _keep_newest(session: str, file: str) -> None:
    """Drop what a session holds beyond its bounds, oldest first, and a file whose session went while it arrived."""
    if session not in sessions.connected_sessions():
        sessions.delete_upload(session, file)
    held = list(sessions.uploaded_bytes().get(session, {}).items())
    while len(held) > SESSION_FILES or sum(size for _file, size in held) > SESSION_BYTES:
        sessions.delete_upload(session, held.pop(0)[0])


def _declared_bytes(headers: Headers) -> int:
    """Return the most that a request can bring; what is sent in chunks declares nothing that holds."""
    declared = headers.get("content-length", "")
    if "transfer-encoding" in headers or not declared.isdecimal():
        return most_bytes()
    return min(int(declared), most_bytes())  # Streamlit refuses a longer one before it reads it


async def _discard(receive: Receive) -> None:
    while (message := await receive())["type"] == "http.request" and message.get("more_body", False):
        pass
