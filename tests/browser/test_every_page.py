"""Every page of the registry in Chromium: languages, themes, a desktop and a phone, with no way out to the network."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from components.core.i18n import _, use
from components.registry import PageEntry, pages_for
from tests.browser import tab_order
from tests.browser.chromium import resize, settle
from tests.browser.contrast import find_faint_text
from tests.browser.fitting import assert_fits, cut_words
from tests.browser.serving import serving
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


def assert_whole(page: Page) -> None:
    """The page has its title and neither an error box nor Streamlit's own complaints."""
    expect(page.locator("h1")).to_have_count(1)
    assert page.locator('[data-testid="stAlertContentError"], [data-testid="stException"]').all_inner_texts() == []
    assert page.get_by_role("dialog").all_inner_texts() == []


@pytest.mark.parametrize(("lang", "theme", "width"), sorted({look for looks in LOOKS for look in looks}))
def test_every_page_is_whole_and_can_be_read_down_to_its_end_and_used_by_keyboard(visit, shot, lang, theme, width):
    first, *others = (
        entry
        for number, entry in enumerate(PAGES)
        if (lang, theme, width) in LOOKS[number % 2] and (width == DESKTOP_PX or entry.slug not in GUIDED)
    )
    page = visit(f"/{first.slug}", lang=lang, theme=theme, width=width)
    assert page.locator(".stApp").evaluate("app => getComputedStyle(app).backgroundColor") == THEMES[theme]
    assert_can_be_used(page, first, lang, width, shot)
    for entry in others:
        page.set_viewport_size({"width": width, "height": HEIGHT_PX})
        assert_can_be_used(visit.move(page, f"/{entry.slug}", lang=lang), entry, lang, width, shot)


def assert_can_be_used(page: Page, entry: PageEntry, lang: str, width: int, shot: Callable[[Page, str], None]) -> None:
    if entry.slug:  # the home page has a title of its own
        with use(lang):
            expect(page.locator("h1")).to_have_text(_(entry.title))
    assert_whole(page)
    assert_fits(page, width)
    assert find_faint_text(page) == {}
    assert cut_words(page) == []
    if width == DESKTOP_PX:
        stops = tab_order.walk(page)
        assert len(stops) > len(PAGES)  # at least the menu
        assert tab_order.missed(page) == []
    height = page.evaluate("document.querySelector('[data-testid=\"stMain\"]').scrollHeight")
    for narrower in NARROWER.get((lang, width), (width,)):
        # Streamlit scrolls inside the window; a window as high as the page shows all of it
        resize(page, narrower, height)
        assert_whole(page)
        assert_fits(page, narrower)
        assert cut_words(page) == [], narrower
    shot(page, f"{entry.slug or 'home'}-{lang}-{width}")


def test_the_first_deep_link_of_a_cold_server_finds_its_page(tabs, tmp_path):
    """Of one started as Streamlit says; the README's own command: test_installed_package.py."""
    with serving(tmp_path, command=("-m", "streamlit", "run", "app.py")) as server:
        visitor = Visitor(tabs, server)
        page = visitor("/tokenizer", text="The cat sat", tab="numbers")
        assert_whole(page)
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


def test_faint_text_and_a_control_that_tab_cannot_reach_would_be_noticed(visit):
    page = visit("/")
    page.locator("h1").evaluate(
        """h1 => {
          h1.style.color = "#999"
          h1.insertAdjacentHTML("beforeend", "<button tabindex=-1>No way in</button>")
        }"""
    )
    assert any("H1" in where or "SPAN" in where for where in find_faint_text(page))
    tab_order.walk(page)
    assert tab_order.missed(page) == ["<button submit> No way in"]
