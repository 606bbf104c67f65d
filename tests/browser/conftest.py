"""What a browser test can ask for.

    def test_something(visit):
        page = visit("/tokenizer", lang="ko", theme="dark", width=390, text="나는 소설을 읽었다.")
        page.get_by_role("button", name="...").click()
        settle(page)                       # from tests.browser.chromium: wait until the rerun is drawn
        expect(page.locator(...)).to_have_text(...)

visit
    Opens a page of the running app in Chromium, in an empty profile, and returns Playwright's `Page` once the script
    has run and everything is drawn; see `tests.browser.visitor.Visitor` for its parameters. When the test ends it
    fails if any visit asked another machine for anything, wrote an error to the console or threw one, or if the server
    logged a traceback or tried to reach another machine.
app
    The server: `app.origin`, `app.log`. One for the whole run of the tests, started by the README's own command.
tabs
    Where a visitor to another server gets its tabs: `Visitor(tabs, server)`.
browser
    The Chromium behind them. Without one the test is skipped; with REQUIRE_BROWSER=1, as in CI, it fails.
shot
    Takes a picture of a page for people to look at, `shot(page, "name")`, if SHOTS=1 asks for them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.browser import chromium
from tests.browser.serving import Server, serving
from tests.browser.tabs import Tabs
from tests.browser.visitor import Visitor

# `expect` waits for what has to happen; how long that takes on a busy machine proves nothing
expect.set_options(timeout=chromium.FINISHED_WITHIN_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a test of this folder a second try, counted in the last line of the run ("1 rerun").

    A page redraws itself a few times while it settles, and on two busy cores a click now and then lands in between.
    What is broken fails twice. `tests.browser.second_try` shows that no test fails for being the second.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.executable()
    if path is None:
        reason = f"no Chromium: install one of {', '.join(chromium.NAMES)}, or set CHROMIUM to its path"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        started = chromium.launch(playwright, path, chromium.SIMPLY_COMPILED)
        yield started
        started.close()


@pytest.fixture(scope="session")
def tabs(browser: Browser) -> Tabs:
    return Tabs(browser)


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("app")) as server:
        yield server


@pytest.fixture
def visit(tabs: Tabs, app: Server) -> Iterator[Visitor]:
    yield from _visitor(tabs, app)


@pytest.fixture(scope="session")
def shot() -> Callable[[Page, str], None]:
    """Give a function that writes a whole page to `shots`, kept out of git; no test looks at it, so few pay for it."""

    def take(page: Page, name: str) -> None:
        if os.environ.get("SHOTS") == "1":
            page.screenshot(path=Path(__file__).with_name("shots") / f"{name}.png", full_page=True)

    return take


def _visitor(tabs: Tabs, server: Server) -> Iterator[Visitor]:
    visitor = Visitor(tabs, server)
    yield visitor
    visitor.leave()
    assert visitor.faults() == []
