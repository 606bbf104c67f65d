"""Tabs that visits share, one after the other: more than half of what a visit costs in a new tab is its start.

A new tab is a new process, which reads and compiles all of Streamlit's scripts. One that is used again has them.
Between two visits everything a page could have left is taken away: cookies, what it stored, the page itself.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from playwright.sync_api import Browser, Error, Page

from tests.browser.chromium import FINISHED_WITHIN_MS, WATCH_SOCKETS

_MOST_FREE: Final = 2  # of a language; a process takes a few hundred megabytes
_MOST_VISITS: Final = 40
_CLEARED_WITHIN_MS: Final = 10_000


class Tabs:
    """Tabs of one browser, each in a profile of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: defaultdict[str, list[Page]] = defaultdict(list)
        self._language: dict[Page, str] = {}
        self._visits: defaultdict[Page, int] = defaultdict(int)

    def take(self, language: str) -> Page:
        """Return an empty tab of a browser that prefers a language."""
        page = self._free[language].pop() if self._free[language] else self._new(language)
        self._visits[page] += 1
        return page

    def give_back(self, page: Page) -> None:
        """Empty a tab for the next visit, or close it with its profile if that can't be done."""
        language = self._language[page]
        if page.is_closed() or self._visits[page] >= _MOST_VISITS or len(self._free[language]) >= _MOST_FREE:
            self._close(page)
            return
        try:
            for other in page.context.pages:
                if other is not page:
                    other.close()
            page.locator(":root").evaluate("origin === 'null' || sessionStorage.clear()", timeout=_CLEARED_WITHIN_MS)
            page.goto("about:blank", timeout=_CLEARED_WITHIN_MS)
            page.context.set_storage_state({"cookies": [], "origins": []})
        except Error:  # it hangs, has crashed, or shows what lets nobody leave
            self._close(page)
        else:
            self._free[language].append(page)

    def _new(self, language: str) -> Page:
        context = self._browser.new_context(
            locale=language, reduced_motion="reduce", service_workers="block", accept_downloads=True
        )
        context.set_default_timeout(FINISHED_WITHIN_MS)
        context.add_init_script(WATCH_SOCKETS)
        page = context.new_page()
        self._language[page] = language
        return page

    def _close(self, page: Page) -> None:
        del self._language[page], self._visits[page]
        page.context.close()
