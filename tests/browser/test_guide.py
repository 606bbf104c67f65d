"""The guide as a student meets it: what a card is about is in sight, keys turn the cards, a phone folds them away."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from components.core.i18n import _, use
from components.registry import page
from components.ui.guide.lesson import Card, lesson
from tests.app.opening import views_of
from tests.browser.chromium import settle
from tests.browser.contrast import find_faint_text
from tests.browser.fitting import assert_fits, cut_words
from tests.unit.test_guides import GUIDED

DESK = {"width": 1440, "height": 900}
LAPTOP = {"width": 1024, "height": 768}
PHONE = {"width": 390, "height": 844}
SCROLLED_WITHIN_S = 20
LEAST_SEEN = 0.5
"""Of the screen between the guide and the window's edge, or of the target if that is smaller."""


def click_next(page: Page) -> None:
    page.locator(".st-key-guide_next button").click()
    settle(page)


def places(page: Page) -> dict[str, Any]:
    """Return where the guide and what it is about are, in CSS pixels of the window."""
    found: dict[str, Any] = page.evaluate(
        """() => {
          const guide = document.querySelector(".st-key-guide")
          const look = guide.dataset.guideTarget
          const box = (element) => {
            const { top, bottom } = element.getBoundingClientRect()
            return { top, bottom }
          }
          const target = look === "" ? null : document.querySelector(`.st-key-${CSS.escape(look)}`)
          return {
            look,
            step: guide.dataset.guideStep,
            guide: box(guide),
            target: target === null ? null : box(target),
            height: window.innerHeight,
            sideways: document.documentElement.scrollWidth - window.innerWidth,
            next: box(document.querySelector(".st-key-guide_next")),
            steps: box(document.querySelector(".st-key-guide_steps")),
          }
        }"""
    )
    return found


def assert_in_sight(tab: Page, number: int, card: Card, screen: dict[str, int]) -> None:
    """The guide shows the card, all of itself and enough of what the card is about; nothing is beside the window.

    The guide's script looks every 100 ms whether it has to scroll; a busy machine calls it less often.
    """
    give_up_s = time.monotonic() + SCROLLED_WITHIN_S
    while True:
        try:
            return _assert_in_sight(places(tab), number, card, screen)
        except AssertionError:
            if time.monotonic() > give_up_s:
                raise
        tab.wait_for_timeout(200)


def _assert_in_sight(found: dict[str, Any], number: int, card: Card, screen: dict[str, int]) -> None:
    height, on_a_phone = screen["height"], screen is PHONE
    assert found["step"] == str(number)
    assert found["sideways"] <= 0, card.title
    guide, target = found["guide"], found["target"]
    assert guide["top"] >= 0, card.title
    assert guide["bottom"] <= height + 1, card.title
    assert (found["look"] or None) == card.look
    if not on_a_phone:
        assert found["next"]["top"] < found["steps"]["bottom"], card.title  # in one row, however long the title is
    if card.look is None:
        return
    assert target is not None, (card.title, card.look)
    top, bottom = (0, guide["top"]) if on_a_phone else (guide["bottom"], height)
    seen = min(target["bottom"], bottom) - max(target["top"], top)
    whole = min(target["bottom"] - target["top"], bottom - top)
    assert seen >= LEAST_SEEN * whole > 0, (card.title, card.look, found)


def views_without_a_card(slug: str) -> list[dict[str, str]]:
    """Return links to the views of a page that no card opens."""
    choice = views_of(slug)
    if choice is None:
        return []
    opened = {card.values.get(choice.name, choice.default) for card in lesson(page(slug).concept, "en").cards}
    return [{choice.name: option} for option in choice.options if option not in opened]


@pytest.mark.parametrize("slug", GUIDED)
def test_a_path_is_walked_from_the_bare_address_to_its_end_on_a_large_screen_and_on_a_phone(visit, shot, slug):
    """Each card sets up what its lesson says and has what it is about in sight, and nothing sticks out on the phone.

    There the first one can be read. On half of the pages with a Korean browser; on half of them the large screen is a
    laptop's.
    """
    place = GUIDED.index(slug)
    lang, large = ("en", "ko")[place % 2], (DESK, LAPTOP)[place // 2 % 2]
    cards = lesson(page(slug).concept, lang).cards
    tab = visit(f"/{slug}", lang=None, browser_language={"en": "en-US", "ko": "ko-KR"}[lang], theme="dark", **large)
    tab.locator(f".st-key-guide_answer_{slug}_0 button").first.click()
    settle(tab)
    expect(tab.locator(".st-key-guide_card")).to_contain_text(cards[0].question.options[0].reason.split("**")[0])
    for number, card in enumerate(cards):
        if number:
            click_next(tab)
            assert f"lang={lang}" in tab.url
        # the window changes its size once for each card, so that Next is clicked on one screen and on the other in turn
        for screen in (large, PHONE)[:: -1 if number % 2 else 1]:
            tab.set_viewport_size(screen)
            assert_in_sight(tab, number, card, screen)
            if screen is PHONE:
                assert_fits(settle(tab), PHONE["width"])
            if screen is PHONE and number == 0:
                assert find_faint_text(tab) == {}
                assert cut_words(tab) == []
                shot(tab, f"{slug}-{lang}-dark-{PHONE['width']}")
        expect(tab.locator(".st-key-guide")).to_contain_text(card.title)
        for field in ("text", "query", "prompt"):
            box = tab.locator(f".st-key-{field} :is(textarea, input)")
            if card.values.get(field) and box.count() == 1:
                expect(box).to_have_value(card.values[field])
        expect(tab.get_by_test_id("stAlertContentError")).to_have_count(0)
    with use(lang):
        expect(tab.get_by_role("button", name=_("Next"), exact=False).first).to_be_disabled()


@pytest.mark.parametrize("slug", GUIDED)
def test_on_a_phone_a_view_that_no_card_opens_fits(visit, slug):
    """On half of the pages in English, whose sentences are the longer ones, on the other half in Korean."""
    lang = ("en", "ko")[GUIDED.index(slug) % 2]
    for link in views_without_a_card(slug):
        tab = visit(f"/{slug}", lang=lang, theme="dark", **PHONE, **link)
        assert urlencode(link) in tab.url
        [view] = link.values()  # three views of attention have no container of their own
        expect(tab.locator(f".st-key-view_{view}, iframe, .js-plotly-plot").first).to_be_visible()
        assert_fits(tab, PHONE["width"])
        expect(tab.get_by_test_id("stAlertContentError")).to_have_count(0)


@pytest.mark.parametrize("width", [1440, LAPTOP["width"]])
def test_nothing_of_the_page_shows_above_the_guide(visit, width):
    tab = visit("/tokenizer", step="2", width=width)
    tab.get_by_test_id("stMain").evaluate("main => { main.scrollTop = 500 }")
    top = "() => document.querySelector('.st-key-guide').getBoundingClientRect().top"
    tab.wait_for_function(f"({top})() < 60")
    above = tab.evaluate(
        f"""() => {{
          const open = document.querySelector('[data-testid="stExpandSidebarButton"]') === null
          const header = document.querySelector('[data-testid="stHeader"]')
          return open ? ({top})() : getComputedStyle(header).backgroundColor === "rgba(0, 0, 0, 0)"
        }}"""
    )
    assert not above


def test_keys_turn_the_cards_and_a_screen_reader_is_told(visit):
    tab = visit("/tokenizer", lang="en")
    guide = tab.locator(".st-key-guide")
    guide.focus()
    for key, step in (("Space", "1"), ("ArrowRight", "2"), ("ArrowLeft", "1")):
        guide.focus()
        tab.keyboard.press(key)
        settle(tab)
        expect(guide).to_have_attribute("data-guide-step", step)
    title = lesson("tokenizer", "en").cards[1].title
    expect(guide).to_have_attribute("role", "region")
    expect(guide).to_have_attribute("aria-label", f"Guide: step 1, {title}")
    expect(tab.locator(".st-key-guide_card")).to_have_attribute("aria-live", "polite")


def test_an_arrow_in_a_text_field_of_the_guide_stays_there(visit):
    last = len(lesson("tokenizer", "en").cards) - 2
    tab = visit("/tokenizer", step=str(last))
    field = tab.locator(".st-key-tokenizer_exercise_word input")
    field.fill("ab")
    field.press("ArrowLeft")
    settle(tab)
    expect(tab.locator(".st-key-guide")).to_have_attribute("data-guide-step", str(last))


def test_arrows_among_the_answers_stay_there_and_the_space_bar_answers(visit):
    tab = visit("/tokenizer")
    answers = tab.locator(".st-key-guide_answer_tokenizer_0 button")
    answers.first.focus()
    tab.keyboard.press("ArrowRight")
    settle(tab)
    expect(tab.locator(".st-key-guide")).to_have_attribute("data-guide-step", "0")
    expect(answers.nth(1)).to_be_focused()
    tab.keyboard.press("Space")
    settle(tab)
    expect(tab.locator(".st-key-guide_card")).to_contain_text(lesson("tokenizer", "en").predict.conclusion)


def test_a_phone_folds_the_card_and_unfolds_it_on_request(visit):
    tab = visit("/tokenizer", lang="ko", width=390)
    card, fold = tab.locator(".st-key-guide_card"), tab.locator(".guide-fold")
    expect(card).to_be_hidden()
    with use("ko"):
        expect(fold).to_have_attribute("aria-label", _("Unfold the guide"))
    fold.click()
    expect(card).to_be_visible()
    expect(fold).to_have_attribute("aria-expanded", "true")


def test_an_answer_and_the_way_survive_a_reload(visit):
    tab = visit("/tokenizer")
    tab.locator(".st-key-guide_answer_tokenizer_0 button").nth(2).click()
    settle(tab)
    click_next(tab)
    tab.reload()
    settle(tab)
    expect(tab.locator(".st-key-guide")).to_have_attribute("data-guide-step", "1")
    stored = tab.evaluate("localStorage.getItem('transformer-dashboard-progress')")
    assert '"predicted":[2,2]' in stored
    expect(tab.locator(".st-key-guide_steps button").first).to_contain_text("check")


def test_a_student_who_comes_back_gets_the_whole_text_that_a_card_writes(visit):
    """The browser tells a new session what it kept; doing so must not end a run that the card has begun."""
    tab = visit("/tokenizer")
    tab.goto(f"{tab.url.split('/tokenizer')[0]}/generation?lang=en&step=3&max_new_tokens=120")
    settle(tab)
    expect(tab.locator(".st-key-answer_text")).to_contain_text("length limit reached")
    kept = tab.evaluate("Object.keys(JSON.parse(localStorage.getItem('transformer-dashboard-progress')))")
    assert set(kept) == {"tokenizer", "generation"}


def test_progress_is_shown_at_home_survives_a_reload_and_can_be_deleted(visit, shot):
    tab = visit("/tokenizer")
    tab.locator(".st-key-guide_answer_tokenizer_0 button").nth(2).click()
    settle(tab)
    click_next(tab)
    tab.goto(f"{tab.url.split('/tokenizer')[0]}/?lang=en")  # another session
    settle(tab)
    ring = tab.locator(".st-key-home_cards [data-card=tokenizer] .ring")
    expect(ring).to_have_count(1)
    cards = len(lesson("tokenizer", "en").cards)
    expect(ring).to_have_attribute("aria-label", f"{2 / (cards + 1):.0%} of this page is done")
    box = ring.bounding_box()
    assert (box["width"], box["height"]) == (pytest.approx(17.6, abs=3), pytest.approx(17.6, abs=3))
    expect(tab.get_by_role("link", name="Continue: Tokenizer explorer, step 1")).to_be_visible()
    shot(tab, "home-progress")
    tab.get_by_role("button", name="Delete").click()
    settle(tab)
    expect(tab.locator(".home-ring")).to_have_count(0)
    assert tab.evaluate("localStorage.getItem('transformer-dashboard-progress')") is None
    tab.reload()
    settle(tab)
    expect(tab.locator(".home-ring")).to_have_count(0)


def test_a_finished_page_has_a_check_mark_in_the_menu(visit):
    tab = visit("/")
    tab.evaluate(
        """localStorage.setItem('transformer-dashboard-progress', '{"tokenizer": {"reached": 99, "solved": true}}')"""
    )
    tab.reload()
    settle(tab)
    checked = tab.get_by_test_id("stSidebarNavLink").filter(has_text="check_circle")
    expect(checked).to_have_count(1)
    expect(checked).to_contain_text("Tokenizer explorer")


def test_the_predictions_print_without_menu_and_buttons(visit):
    tab = visit("/tokenizer")
    tab.locator(".st-key-guide_answer_tokenizer_0 button").nth(0).click()
    settle(tab)
    tab.goto(f"{tab.url.split('/tokenizer')[0]}/predictions?lang=en")
    settle(tab)
    options = lesson("tokenizer", "en").predict.question.options
    reason = tab.get_by_text(options[2].reason)
    printer = tab.get_by_role("button", name="Print")
    expect(reason).to_be_visible()
    tab.evaluate("window.print = () => { window.printed = true }")
    printer.click()
    assert tab.evaluate("window.printed")
    tab.emulate_media(media="print")
    expect(reason).to_be_visible()
    expect(printer).to_be_hidden()
    expect(tab.get_by_test_id("stSidebar")).to_be_hidden()
    main = tab.get_by_test_id("stMain")
    assert main.evaluate("main => getComputedStyle(main).overflow") == "visible"


def test_a_teachers_link_opens_the_step_it_names(visit):
    tab = visit("/teaching", lang="ko")
    link = tab.locator('a[href*="tokenizer?lang=ko&step=3"]').first
    with tab.context.expect_page() as opened:
        link.click()
    settle(opened.value)
    expect(opened.value.locator(".st-key-guide")).to_have_attribute("data-guide-step", "3")
    expect(opened.value.locator("h1")).to_be_visible()
    opened.value.close()


def test_the_worksheet_is_a_file_that_prints_its_key_on_a_page_of_its_own(visit, tmp_path):
    tab = visit("/tokenizer", lang="ko")
    tab.locator(".st-key-export button").first.click()
    with tab.expect_download() as download:
        tab.locator(".st-key-export_worksheet button").click()
    assert download.value.suggested_filename == "tokenizer-worksheet.html"
    file = tmp_path / "worksheet.html"
    download.value.save_as(file)
    sheet = tab.context.new_page()
    sheet.set_content(file.read_text("utf-8"))
    expect(sheet.locator("figure svg")).to_be_visible()
    assert sheet.locator(".key").evaluate("key => getComputedStyle(key).breakBefore") == "page"
    assert sheet.evaluate("performance.getEntriesByType('resource').length") == 0
    sheet.close()
