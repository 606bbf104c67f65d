"""Tabs that visits share, one after the other: more than half of what a visit costs in a new tab is its start.

A new tab is a new process, which reads and compiles all of Streamlit's scripts. One that is used again has them.
Between two visits everything a page could have left is taken away: cookies, what it stored, the page itself.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Error, Page

from tests.browser.chromium import FINISHED_WITHIN_MS, WATCH

_MOST_FREE: Final = 2  # of a language: each is a process of some hundred megabytes
_MOST_VISITS: Final = 80  # it grows by a few megabytes with each: 600 MB after 15, 1,070 after 120
_CLEARED_WITHIN_MS: Final = 10_000
_STORED: Final = "local_storage,indexeddb,cache_storage,file_systems"


@dataclass
class _Tab:
    page: Page
    language: str
    visits: int = 0


class Tabs:
    """Tabs of one browser, each in a profile of its own."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: defaultdict[str, list[_Tab]] = defaultdict(list)
        self._lent: dict[Page, _Tab] = {}

    def take(self, language: str) -> Page:
        """Return an empty tab of a browser that prefers a language."""
        tab = self._free[language].pop() if self._free[language] else _Tab(self._new(language), language)
        tab.visits += 1
        self._lent[tab.page] = tab
        return tab.page

    def give_back(self, page: Page) -> None:
        """Empty a tab for the next visit, or close it with its profile if that can't be done."""
        tab = self._lent.pop(page)
        free = self._free[tab.language]
        if tab.visits < _MOST_VISITS and len(free) < _MOST_FREE and _emptied(page):
            free.append(tab)
        else:
            page.context.close()

    def _new(self, language: str) -> Page:
        context = self._browser.new_context(
            locale=language, reduced_motion="reduce", service_workers="block", accept_downloads=True
        )
        context.set_default_timeout(FINISHED_WITHIN_MS)
        context.add_init_script(WATCH)
        return context.new_page()


def _emptied(page: Page) -> bool:
    """Take away what a visit has left. False if the page is closed, hangs, has crashed or lets nobody leave."""
    try:
        for other in page.context.pages:
            if other is not page:
                other.close()
        page.locator(":root").evaluate("origin === 'null' || sessionStorage.clear()", timeout=_CLEARED_WITHIN_MS)
        page.goto("about:blank", timeout=_CLEARED_WITHIN_MS)
        _clear_storage(page)
    except Error:
        return False
    return True


def _clear_storage(page: Page) -> None:
    """Take away what the visited addresses stored, in Chromium's own words.

    Playwright's `set_storage_state` does so too, but the next visit then reads and compiles all scripts anew: it costs
    nearly twice as much.
    """
    page.context.clear_cookies()
    chromium = page.context.new_cdp_session(page)
    visited = [urlsplit(entry["url"]) for entry in chromium.send("Page.getNavigationHistory")["entries"]]
    for origin in {f"{url.scheme}://{url.netloc}" for url in visited if url.netloc}:
        chromium.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": _STORED})
    chromium.detach()
