"""Back to the view one wanted: a sign-in leads away and, left to Streamlit, ends on the front page.

The way to the provider starts at `auth/login`, and the browser names the page that was open in `Referer`. It is put
into a cookie and taken out when the provider sends the visitor to `oauth2callback`. Only a page of the menu with its
query is kept, never an address, so nobody can be led anywhere else; and only what this very site says of itself, so no
other site chooses the view.
"""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import Collection
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from components.operations import logs
from components.team.provider import FAILED_COOKIE, SIGNED_OUT_COOKIE, Failure

WANTED: Final = "dashboard_wanted"
_BY_ERROR: Final[dict[str, Failure]] = {
    "access_denied": "declined",
    "temporarily_unavailable": "unreachable",
    "server_error": "unreachable",
}

_KEPT_S: Final = 600
_FAILED_S: Final = 15
_MOST_CHARS: Final = 3000  # a browser drops cookies over 4096 bytes
_SIGNED_IN: Final = "_streamlit_user="
_MOST_SAID_CHARS: Final = 500

log = logging.getLogger(__name__)


class ReturnToPage:
    """ASGI middleware around Streamlit's sign-in.

    Parameters
    ----------
    slugs
        The pages' addresses under the root.
    base
        The path that the server lives under; empty for a host of its own.
    secure
        Whether visitors come by https: cookies are then sent by nothing else. Streamlit leaves that flag off.
    """

    def __init__(self, app: ASGIApp, *, slugs: Collection[str], base: str = "", secure: bool) -> None:
        self._app = app
        self._slugs = frozenset(slugs)
        self._root = f"/{base.strip('/')}".rstrip("/")
        self._flags = f"Path={self._root or '/'}; HttpOnly; SameSite=Lax"
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and change the answers on the way to the provider and back."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)

        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if scope["path"] == f"{self._root}/auth/login":
                    if message["status"] >= HTTPStatus.BAD_REQUEST:  # Streamlit's own answer leads nowhere
                        message["status"] = HTTPStatus.FOUND.value
                        self._stay(request, headers)
                    else:
                        self._leave(request, headers)
                elif scope["path"] == f"{self._root}/auth/logout" and _leads_here(headers.get("location")):
                    headers.append("set-cookie", f"{SIGNED_OUT_COOKIE}=1; {self._flags}")  # until the browser ends
                elif scope["path"] == f"{self._root}/oauth2callback":
                    self._come_back(request, headers)
                if self._secure:
                    _only_by_https(headers)
            await send(message)

        await self._app(scope, receive, changed)

    def _leave(self, request: HTTPConnection, headers: MutableHeaders) -> None:
        wanted = self._view_of(request.headers.get("referer", ""), host=request.headers.get("host", ""))
        if wanted:
            kept = base64.urlsafe_b64encode(wanted.encode()).decode()
            headers.append("set-cookie", f"{WANTED}={kept}; Max-Age={_KEPT_S}; {self._flags}")

    def _come_back(self, request: HTTPConnection, headers: MutableHeaders) -> None:
        if "location" not in headers:
            return
        wanted = self._checked(_decoded(request.cookies.get(WANTED, "")))
        if wanted:
            headers["location"] = f"{self._root}/{wanted}"
        headers.append("set-cookie", f"{WANTED}=; Max-Age=0; {self._flags}")
        query = parse_qs(request.url.query)
        if any(map(_signs_in, headers.getlist("set-cookie"))):
            headers.append("set-cookie", f"{SIGNED_OUT_COOKIE}=; Max-Age=0; {self._flags}")
        elif "error" in query:
            error, description = (query.get(name, [""])[0] for name in ("error", "error_description"))
            self._fail(headers, _BY_ERROR.get(error, "refused"), error=error, description=description)
        elif "state" in query:  # a sign-out comes back here too, without
            self._fail(headers, "unfinished")

    def _stay(self, request: HTTPConnection, headers: MutableHeaders) -> None:
        wanted = self._view_of(request.headers.get("referer", ""), host=request.headers.get("host", ""))
        headers["location"] = f"{self._root}/{wanted or ''}"
        self._fail(headers, "unreachable")

    def _fail(self, headers: MutableHeaders, how: Failure, *, error: str = "", description: str = "") -> None:
        """Have the page say how a sign-in failed, and the log why; what the provider says is shown to nobody else."""
        reference = logs.ids().get("request") or logs.new_id()
        log.warning(
            "a sign-in failed (%s), reference %s; the provider's reason: %s, %s",
            how,
            reference,
            ascii(error[:_MOST_SAID_CHARS]),
            ascii(description[:_MOST_SAID_CHARS]),
        )
        headers.append("set-cookie", f"{FAILED_COOKIE}={how}.{reference}; Max-Age={_FAILED_S}; {self._flags}")

    def _view_of(self, address: str, *, host: str) -> str | None:
        """Return the page and the query of an address of this site; None if it is another site's, or no page."""
        try:
            parts = urlsplit(address)
        except ValueError:
            return None
        if parts.netloc != host or not parts.path.startswith(f"{self._root}/"):
            return None
        page = parts.path.removeprefix(f"{self._root}/")
        return self._checked(f"{page}?{parts.query}" if parts.query else page)

    def _checked(self, view: str) -> str | None:
        page, _, query = view.partition("?")
        if page not in self._slugs or not re.fullmatch(r"[!-~]*", query):
            return None
        return view if len(view) <= _MOST_CHARS else page


def _leads_here(location: str | None) -> bool:
    return location is not None and not urlsplit(location).netloc


def _decoded(kept: str) -> str:
    try:
        return base64.urlsafe_b64decode(kept.encode()).decode("ascii")
    except (binascii.Error, UnicodeError):
        return ""


def _signs_in(cookie: str) -> bool:
    """Whether this cookie says who somebody is; one that forgets it has the same name."""
    return cookie.startswith(_SIGNED_IN) and "max-age=0;" not in f"{cookie};".lower()


def _only_by_https(headers: MutableHeaders) -> None:
    cookies = headers.getlist("set-cookie")
    del headers["set-cookie"]
    for cookie in cookies:
        flagged = re.search(r";\s*secure\s*(;|$)", cookie, re.IGNORECASE)
        headers.append("set-cookie", cookie if flagged else f"{cookie}; Secure")
