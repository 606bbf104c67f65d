"""A visitor: opens pages in Chromium and writes down everything that must not happen meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request, WebError, WebSocket

from tests.browser.chromium import settle
from tests.browser.serving import Server
from tests.browser.tabs import Tabs

HEIGHT_PX: Final = 900

# On a deep link Streamlit asks under the page's own path first, to learn where the app is mounted: 404 is "not here".
_PROBE: Final = re.compile(r"(/[\w-]+)+/_stcore/(health|host-config)")


class Visitor:
    """Opens pages of one server, each visit in an empty profile.

    The browser reaches nothing but this machine (`tests.browser.chromium`); here is written down what tried to.
    """

    def __init__(self, tabs: Tabs, server: Server) -> None:
        self._tabs = tabs
        self._server = server
        self._pages: list[Page] = []
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
        height: int = HEIGHT_PX,
        browser_language: str = "en-US",
        cookies: Mapping[str, str] | None = None,
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
        width, height
            Of the window, in CSS pixels.
        browser_language
            What the browser prefers.
        cookies
            What the profile has of the server already.
        wait
            False returns as soon as the document is there.
        parameters
            The rest of the link.
        """
        page = self._tabs.take(browser_language)
        self._pages.append(page)
        self._listen(page)
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(  # all of it: a test before may have changed any
            media="screen",
            color_scheme="dark" if theme == "dark" else "light",
            reduced_motion="reduce",
            forced_colors="none",
            contrast="no-preference",
        )
        for name, value in (cookies or {}).items():
            page.context.add_cookies([{"name": name, "value": value, "url": self._server.origin}])
        query = urlencode(({} if lang is None else {"lang": lang}) | parameters)
        page.goto(f"{self._server.origin}{path}{'?' + query if query else ''}")
        return settle(page) if wait else page

    def move(self, page: Page, path: str, *, lang: str = "en", **parameters: str) -> Page:
        """Take an open page to another link in the same session, as the browser's Back does.

        It costs a third of a visit: nothing is loaded again. What the session and the browser hold stays, so it is for
        tests that look at what an address shows.
        """
        address = f"{path}?{urlencode({'lang': lang} | parameters)}"
        page.evaluate("to => { history.pushState({}, '', to); dispatchEvent(new PopStateEvent('popstate')) }", address)
        return settle(page)

    def faults(self) -> list[str]:
        """Return what went wrong so far, in the browser and in the server."""
        log = self._server.log.read_bytes()[self._log_start :].decode(errors="replace")
        fence = self._server.fence.read_bytes()[self._fence_start :].decode()
        traceback = [f"server log:\n{log}"] if "Traceback" in log else []
        return [*self._faults, *traceback, *(f"the server reached out: {line}" for line in fence.splitlines())]

    def leave(self) -> None:
        """Leave every page."""
        for page in self._pages:
            self._listen(page, no_longer=True)
            self._tabs.give_back(page)
        self._pages.clear()

    def _listen(self, page: Page, *, no_longer: bool = False) -> None:
        profile = page.context  # also what a page opens in another tab
        for source, event, note in (
            (profile, "requestfailed", self._note_request),  # as each must that is for another machine
            (profile, "console", self._note_console),
            (profile, "weberror", self._note_error),
            (page, "websocket", self._note_socket),
        ):
            (source.remove_listener if no_longer else source.on)(event, note)

    def _is_own(self, url: str) -> bool:
        parts = urlsplit(url)
        return parts.scheme in ("data", "blob", "about") or parts.netloc == urlsplit(self._server.origin).netloc

    def _note_request(self, request: Request) -> None:
        if not self._is_own(request.url):
            self._faults.append(f"foreign request: {request.method} {request.url}")

    def _note_socket(self, socket: WebSocket) -> None:
        if not self._is_own(socket.url):
            self._faults.append(f"foreign websocket: {socket.url}")

    def _note_error(self, error: WebError) -> None:
        self._faults.append(f"error in the page: {error.error}")

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.type != "error":
            return
        source = urlsplit(message.location.get("url", ""))
        if "404" in message.text and self._is_own(source.geturl()) and _PROBE.fullmatch(source.path):
            return
        self._faults.append(f"console error: {message.text} ({source.geturl()})")
