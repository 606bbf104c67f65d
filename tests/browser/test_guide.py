"""The guide as a student meets it: what a card is about is in sight, keys turn the cards, a phone folds them away."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from components.core.i18n import _, use
from components.registry import page
from components.ui.guide.lesson import Card, lesson
from tests.app.opening import views_of
from tests.browser.chromium import resize, settle
from tests.browser.contrast import find_faint_text
from tests.browser.fitting import assert_fits, cut_words
from tests.unit.test_guides import GUIDED

DESK = {"width": 1440, "height": 900}
LAPTOP = {"width": 1024, "height": 768}
PHONE = {"width": 390, "height": 844}
STORED = "localStorage.getItem('transformer-dashboard-progress')"
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
        tab.wait_for_timeout(50)


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


@pytest.mark.parametrize("slug", GUIDED)
def test_a_path_is_walked_from_the_bare_address_to_its_end_on_a_large_screen_and_on_a_phone(visit, shot, slug):
    """Each card sets up what its lesson says and has what it is about in sight; each view fits a phone.

    Half of the cards are turned on a phone: on half of the pages the earlier ones, on the others the later ones. The
    first and the last two are the tallest and seen on a large screen, which on half of the pages is a laptop's. Then
    the views that have not been on the phone are opened there. Half of the browsers prefer Korean.
    """
    place = GUIDED.index(slug)
    lang, large = ("en", "ko")[place % 2], (DESK, LAPTOP)[place // 2 % 2]
    cards = lesson(page(slug).concept, lang).cards
    half = len(cards) // 2
    on_a_phone = range(1, half) if place % 2 else range(half, len(cards) - 2)
    tab = visit(f"/{slug}", lang=None, browser_language={"en": "en-US", "ko": "ko-KR"}[lang], theme="dark", **large)
    assert_in_sight(tab, 0, cards[0], large)
    tab.locator(f".st-key-guide_answer_{slug}_0 button").first.click()
    settle(tab)
    expect(tab.locator(".st-key-guide_card")).to_contain_text(cards[0].question.options[0].reason.split("**")[0])
    for number, card in enumerate(cards):
        screen = PHONE if number in on_a_phone else large
        if tab.viewport_size != screen:
            resize(tab, **screen)
        if number:
            click_next(tab)
            assert f"lang={lang}" in tab.url
            assert_in_sight(tab, number, card, screen)
        expect(tab.locator(".st-key-guide")).to_contain_text(card.title)
        assert_is_set_up(tab, card)
        if screen is PHONE:
            assert_fits(tab, PHONE["width"])
        if number == on_a_phone[0]:
            assert find_faint_text(tab) == {}
            assert cut_words(tab) == []
            shot(tab, f"{slug}-{lang}-dark-{PHONE['width']}")
    with use(lang):
        expect(tab.get_by_role("button", name=_("Next"), exact=False).first).to_be_disabled()
    tab.set_viewport_size(PHONE)
    view = views_of(slug)
    seen = view and {cards[number].values.get(view.name, view.default) for number in on_a_phone}
    for option in view.options if view else ():
        if option not in seen:
            assert_view_fits_a_phone(visit.move(tab, f"/{slug}", lang=lang, **{view.name: option}), view.name, option)


def assert_is_set_up(tab: Page, card: Card) -> None:
    for field in ("text", "query", "prompt"):
        box = tab.locator(f".st-key-{field} :is(textarea, input)")
        if card.values.get(field) and box.count() == 1:
            expect(box).to_have_value(card.values[field])
    expect(tab.get_by_test_id("stAlertContentError")).to_have_count(0)


def assert_view_fits_a_phone(tab: Page, name: str, view: str) -> None:
    assert f"{name}={view}" in tab.url
    # three views of attention have no container of their own
    expect(tab.locator(f".st-key-view_{view}, iframe, .js-plotly-plot").first).to_be_visible()
    assert_fits(tab, PHONE["width"])
    expect(tab.get_by_test_id("stAlertContentError")).to_have_count(0)


def test_nothing_of_the_page_shows_above_the_guide_and_a_phone_folds_it(visit):
    tab = visit("/tokenizer", lang="ko", step="2")
    for width in (DESK["width"], LAPTOP["width"]):
        resize(tab, width, DESK["height"])
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
    resize(tab, **PHONE)
    card, fold = tab.locator(".st-key-guide_card"), tab.locator(".guide-fold")
    expect(card).to_be_hidden()
    with use("ko"):
        expect(fold).to_have_attribute("aria-label", _("Unfold the guide"))
    fold.click()
    expect(card).to_be_visible()
    expect(fold).to_have_attribute("aria-expanded", "true")


def test_keys_turn_the_cards_where_they_have_no_meaning_of_their_own_and_a_screen_reader_is_told(visit):
    tab = visit("/tokenizer")
    prose = lesson("tokenizer", "en")
    guide, answers = tab.locator(".st-key-guide"), tab.locator(".st-key-guide_answer_tokenizer_0 button")
    answers.first.focus()
    tab.keyboard.press("ArrowRight")
    settle(tab)
    expect(guide).to_have_attribute("data-guide-step", "0")
    expect(answers.nth(1)).to_be_focused()
    tab.keyboard.press("Space")
    settle(tab)
    expect(tab.locator(".st-key-guide_card")).to_contain_text(prose.predict.conclusion)
    for key, step in (("Space", "1"), ("ArrowRight", "2"), ("ArrowLeft", "1")):
        guide.focus()
        tab.keyboard.press(key)
        settle(tab)
        expect(guide).to_have_attribute("data-guide-step", step)
    expect(guide).to_have_attribute("role", "region")
    expect(guide).to_have_attribute("aria-label", f"Guide: step 1, {prose.cards[1].title}")
    expect(tab.locator(".st-key-guide_card")).to_have_attribute("aria-live", "polite")
    exercise = str(len(prose.cards) - 2)
    visit.move(tab, "/tokenizer", step=exercise)
    field = tab.locator(".st-key-tokenizer_exercise_word input")
    field.fill("ab")
    field.press("ArrowLeft")
    settle(tab)
    expect(guide).to_have_attribute("data-guide-step", exercise)


def test_progress_survives_a_reload_is_shown_at_home_printed_and_can_be_deleted(visit, shot):
    tab = visit("/tokenizer")
    prose = lesson("tokenizer", "en")
    tab.locator(".st-key-guide_answer_tokenizer_0 button").nth(0).click()
    settle(tab)
    click_next(tab)
    tab.reload()
    settle(tab)
    expect(tab.locator(".st-key-guide")).to_have_attribute("data-guide-step", "1")
    expect(tab.locator(".st-key-guide_steps button").first).to_contain_text("check")
    assert '"predicted":[0,2]' in tab.evaluate(STORED)
    tab.goto(f"{tab.url.split('/tokenizer')[0]}/?lang=en")  # another session
    settle(tab)
    ring = tab.locator(".st-key-home_cards [data-card=tokenizer] .ring")
    expect(ring).to_have_count(1)
    expect(ring).to_have_attribute("aria-label", f"{2 / (len(prose.cards) + 1):.0%} of this page is done")
    box = ring.bounding_box()
    assert (box["width"], box["height"]) == (pytest.approx(17.6, abs=3), pytest.approx(17.6, abs=3))
    expect(tab.get_by_role("link", name="Continue: Tokenizer explorer, step 1")).to_be_visible()
    shot(tab, "home-progress")
    assert_printed(visit.move(tab, "/predictions"), prose.predict.question.options[2].reason)
    visit.move(tab, "/")
    tab.get_by_role("button", name="Delete").click()
    settle(tab)
    expect(tab.locator(".home-ring")).to_have_count(0)
    assert tab.evaluate(STORED) is None
    tab.reload()
    settle(tab)
    expect(tab.locator(".home-ring")).to_have_count(0)


def assert_printed(tab: Page, text: str) -> None:
    """What a student predicted prints without menu and buttons."""
    printer = tab.get_by_role("button", name="Print")
    expect(tab.get_by_text(text)).to_be_visible()
    tab.evaluate("window.print = () => { window.printed = true }")
    printer.click()
    assert tab.evaluate("window.printed")
    tab.emulate_media(media="print")
    expect(tab.get_by_text(text)).to_be_visible()
    expect(printer).to_be_hidden()
    expect(tab.get_by_test_id("stSidebar")).to_be_hidden()
    main = tab.get_by_test_id("stMain")
    assert main.evaluate("main => getComputedStyle(main).overflow") == "visible"
    tab.emulate_media(media="screen")


def test_a_student_who_comes_back_gets_the_whole_text_that_a_card_writes_and_a_check_mark_in_the_menu(visit):
    """The browser tells a new session what it kept; doing so must not end a run that the card has begun."""
    tab = visit("/predictions")
    tab.evaluate(
        """localStorage.setItem('transformer-dashboard-progress', '{"tokenizer": {"reached": 99, "solved": true}}')"""
    )
    tab.goto(f"{tab.url.split('/predictions')[0]}/generation?lang=en&step=3&max_new_tokens=120")
    settle(tab)
    expect(tab.locator(".st-key-answer_text")).to_contain_text("length limit reached")
    checked = tab.get_by_test_id("stSidebarNavLink").filter(has_text="check_circle")
    expect(checked).to_have_count(1)
    expect(checked).to_contain_text("Tokenizer explorer")
    assert set(json.loads(tab.evaluate(STORED))) == {"tokenizer", "generation"}


def test_a_teachers_link_opens_the_step_it_names(visit):
    tab = visit("/teaching", lang="ko")
    link = tab.locator('a[href*="tokenizer?lang=ko&step=3"]').first
    expect(link).to_have_attribute("target", "_blank")
    tab.goto(link.evaluate("link => link.href"))
    settle(tab)
    expect(tab.locator(".st-key-guide")).to_have_attribute("data-guide-step", "3")
    expect(tab.locator("h1")).to_be_visible()


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
