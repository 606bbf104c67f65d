"""A visitor: opens pages in Chromium and writes down everything that must not happen meanwhile."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Route, WebSocketRoute

from tests.browser.chromium import FINISHED_WITHIN_MS, settle
from tests.browser.serving import Server

HEIGHT_PX: Final = 900

# On a deep link Streamlit asks under the page's own path first, to learn where the app is mounted: 404 is "not here".
_PROBE: Final = re.compile(r"(/[\w-]+)+/_stcore/(health|host-config)")


class Visitor:
    """Opens pages of one server, each visit in a fresh profile."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self._browser = browser
        self._server = server
        self._contexts: list[BrowserContext] = []
        self._log_start = server.log.stat().st_size
        self._fence_start = server.fence.stat().st_size
        self._faults: list[str] = []

    def __call__(  # a test reads `visit("/tokenizer")`
        self,
        path: str = "/",
        *,
        lang: str | None = "en",
        theme: str = "light",
        width: int = 1440,
        browser_language: str = "en-US",
        wait: bool = True,
        **parameters: str,
    ) -> Page:
        """Open a page and return it once it is finished.

        Parameters
        ----------
        path
            Address under the root, without a query.
        lang
            Language in the link; None leaves it to the browser.
        theme
            What the system prefers, `light` or `dark`.
        width
            Of the window, in CSS pixels.
        browser_language
            What the browser prefers.
        wait
            False returns as soon as the document is there.
        parameters
            The rest of the link.
        """
        context = self._browser.new_context(
            viewport={"width": width, "height": HEIGHT_PX},
            color_scheme="dark" if theme == "dark" else "light",
            locale=browser_language,
            reduced_motion="reduce",
            service_workers="block",
            accept_downloads=True,
        )
        context.set_default_timeout(FINISHED_WITHIN_MS)
        self._contexts.append(context)
        context.route(lambda url: not self._is_own(url), self._refuse)
        context.route_web_socket(lambda url: not self._is_own(url), self._refuse_socket)
        page = context.new_page()
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self._faults.append(f"error in the page: {error}"))
        query = urlencode(({} if lang is None else {"lang": lang}) | parameters)
        page.goto(f"{self._server.origin}{path}{'?' + query if query else ''}")
        return settle(page) if wait else page

    def faults(self) -> list[str]:
        """Return what went wrong so far, in the browser and in the server."""
        log = self._server.log.read_bytes()[self._log_start :].decode(errors="replace")
        fence = self._server.fence.read_bytes()[self._fence_start :].decode()
        traceback = [f"server log:\n{log}"] if "Traceback" in log else []
        return [*self._faults, *traceback, *(f"the server reached out: {line}" for line in fence.splitlines())]

    def leave(self) -> None:
        """Close every page."""
        for context in self._contexts:
            context.close()

    def _is_own(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in ("data", "blob", "about") or parts.netloc == urlsplit(self._server.origin).netloc

    def _refuse(self, route: Route, request: Request) -> None:
        self._faults.append(f"foreign request: {request.method} {request.url}")
        route.abort()

    def _refuse_socket(self, socket: WebSocketRoute) -> None:
        self._faults.append(f"foreign websocket: {socket.url}")
        socket.close()

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        source = urlsplit(message.location.get("url", ""))
        if "404" in message.text and self._is_own(source.geturl()) and _PROBE.fullmatch(source.path):
            return
        self._faults.append(f"console error: {message.text} ({source.geturl()})")
