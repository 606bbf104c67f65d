"""From page to page by the menu, as a visitor goes, with no way out to the network: the quick look in Chromium.

Each page is seen once, in one of the languages; in all of them, on all screens and in both themes in the thorough part.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from components.core.i18n import LANGUAGES, _, use
from components.registry import pages_for
from components.ui.guide.lesson import lesson
from tests.browser.chromium import settle
from tests.browser.contrast import find_faint_text
from tests.browser.fitting import assert_fits

pytestmark = pytest.mark.quick
PAGES = pages_for(None)
WIDTH_PX = 1440
THEMES = ("light", "dark")


def answer_and_turn_the_first_card(page: Page, slug: str, concept: str, lang: str) -> None:
    """The live model answers the prediction, and Next sets the page up for the first step."""
    cards = lesson(concept, lang).cards
    page.locator(f".st-key-guide_answer_{slug}_0 button").first.click()
    settle(page)
    expect(page.locator(".st-key-guide_card")).to_contain_text(cards[0].question.options[0].reason.split("**")[0])
    page.locator(".st-key-guide_next button").click()
    settle(page)
    guide = page.locator(".st-key-guide")
    expect(guide).to_have_attribute("data-guide-step", "1")
    expect(guide).to_contain_text(cards[1].title)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_is_drawn_its_guide_answers_and_nothing_leaves_the_machine(visit, lang):
    """The browser asks only the app, and the app asks nobody: `visit` fails at the end of the test otherwise."""
    place = list(LANGUAGES).index(lang)
    page = visit("/", lang=None, browser_language=lang, theme=THEMES[place % 2], width=WIDTH_PX)
    for entry in PAGES[place :: len(LANGUAGES)]:
        with use(lang):
            title = _(entry.title)
        if entry.slug:
            page.get_by_test_id("stSidebarNavLink").filter(has_text=title).click()
            settle(page)
            expect(page.locator("h1")).to_have_text(title)
        expect(page.locator("h1")).to_have_count(1)
        if entry.concept:
            answer_and_turn_the_first_card(page, entry.slug, entry.concept, lang)
        assert page.locator('[data-testid="stAlertContentError"], [data-testid="stException"]').all_inner_texts() == []
        assert_fits(page, WIDTH_PX)
        assert find_faint_text(page) == {}
    assert visit.faults() == []
