"""Every page of the registry in Chromium: languages, themes, a desktop and a phone, with no way out to the network."""

from __future__ import annotations

import pytest
from playwright.sync_api import Error, Page, expect

from components.registry import PageEntry, pages_for
from tests.browser import tab_order
from tests.browser.chromium import resize, settle
from tests.browser.contrast import find_faint_text
from tests.browser.fitting import assert_fits, cut_words
from tests.browser.serving import APP, serving
from tests.browser.visitor import HEIGHT_PX, Visitor
from tests.unit.test_guides import GUIDED

THEMES = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 23, 29)"}  # their backgrounds, .streamlit/config.toml
DESKTOP_PX = 1440
PHONE_PX = 390
# in a quarter of all looks each page is seen in both languages, both themes and on both screens; a page with a guide is
# looked at on a phone where its cards are turned
LOOKS = (
    (("en", "light", DESKTOP_PX), ("ko", "dark", PHONE_PX)),
    (("en", "dark", PHONE_PX), ("ko", "light", DESKTOP_PX)),
)
NARROWER = {("en", DESKTOP_PX): (1152, 1024), ("ko", DESKTOP_PX): (1024,)}
"""To which widths the window is then drawn: above and below the one where the menu becomes a rail."""
PAGES = pages_for(None)


def name(entry: PageEntry) -> str:
    return entry.slug or "home"


def assert_whole(page: Page) -> None:
    """The page has its title and neither an error box nor Streamlit's own complaints."""
    expect(page.locator("h1")).to_have_count(1)
    assert page.locator('[data-testid="stAlertContentError"], [data-testid="stException"]').all_inner_texts() == []
    assert page.get_by_role("dialog").all_inner_texts() == []


@pytest.mark.parametrize(
    ("entry", "lang", "theme", "width"),
    [
        pytest.param(entry, *look, id="-".join(map(str, (name(entry), *look))))
        for number, entry in enumerate(PAGES)
        for look in LOOKS[number % 2]
        if look[2] == DESKTOP_PX or entry.slug not in GUIDED
    ],
)
def test_it_is_whole_and_can_be_read_down_to_its_end_and_used_by_keyboard(visit, shot, entry, *, lang, theme, width):
    page = visit(f"/{entry.slug}", lang=lang, theme=theme, width=width)
    background = page.locator(".stApp").evaluate("element => getComputedStyle(element).backgroundColor")
    assert background == THEMES[theme]
    assert_whole(page)
    assert_fits(page, width)
    assert find_faint_text(page) == {}
    assert cut_words(page) == []
    if width == DESKTOP_PX:
        stops = tab_order.walk(page)
        assert len(stops) > len(PAGES)  # at least the menu
        assert tab_order.missed(page) == []
    # Streamlit scrolls inside the window; a window as high as the page shows all of it
    resize(page, width, page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight"))
    shot(page, f"{name(entry)}-{lang}-{theme}-{width}")
    assert_whole(page)
    assert_fits(page, width)
    for narrower in NARROWER.get((lang, width), ()):
        resize(page, narrower, HEIGHT_PX)
        assert cut_words(page) == [], narrower


@pytest.mark.parametrize("command", [APP, ("-m", "streamlit", "run", "app.py")], ids=["start", "streamlit run"])
def test_the_first_deep_link_of_a_cold_server_finds_its_page(tabs, tmp_path, command):
    with serving(tmp_path, command=command) as server:
        visitor = Visitor(tabs, server)
        page = visitor("/tokenizer", text="The cat sat", tab="numbers")
        assert_whole(page)
        expect(page.get_by_role("dialog")).to_have_count(0)  # Streamlit's "Page not found"
        expect(page.locator("h1")).to_have_text("Tokenizer explorer")
        expect(page.locator(".st-key-text textarea")).to_have_value("The cat sat")
        assert "tab=numbers" in page.url
        page.get_by_test_id("stSidebarNavLink").filter(has_text="Positional encoding").click()
        settle(page)
        expect(page.locator("h1")).to_have_text("Positional encoding")
        answer = page.request.get(f"{server.origin}/readyz")
        assert answer.headers["content-type"] == "application/json"
        assert answer.ok
        assert "frame-ancestors" in answer.headers["content-security-policy"]
        visitor.leave()
        assert visitor.faults() == []


def test_the_fence_and_the_notes_of_a_visitor_hold(tabs, app):
    """The checks behind every test here would notice: a request, a socket and an error are made on purpose."""
    visitor = Visitor(tabs, app)
    page = visitor("/")
    page.evaluate("fetch('https://example.org/refused').catch(() => 0)")  # by the Content-Security-Policy
    page.evaluate("setTimeout(() => { throw new Error('on purpose') })")
    page.evaluate("console.error('also on purpose')")
    page.wait_for_timeout(200)
    for elsewhere in ("https://example.org/x", "http://192.0.2.1/x"):  # a page's policy keeps nobody from leaving it
        # what the browser shows instead comes a moment later
        with page.expect_event("framenavigated"), pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
            page.goto(elsewhere)
    page.evaluate("new Promise((done) => { new WebSocket('wss://example.org/y').onclose = done })")
    visitor.leave()
    faults = "\n".join(visitor.faults())
    expected = (
        "GET https://example.org/x",
        "GET http://192.0.2.1/x",
        "websocket: wss://example.org/y",
        "https://example.org/refused' violates",
    )
    for part in (*expected, "on purpose", "also on purpose"):
        assert part in faults


def test_a_control_that_tab_cannot_reach_would_be_noticed(visit):
    page = visit("/")
    page.evaluate(
        "document.querySelector('h1').insertAdjacentHTML('beforeend', '<button tabindex=-1>No way in</button>')"
    )
    tab_order.walk(page)
    assert tab_order.missed(page) == ["<button submit> No way in"]
