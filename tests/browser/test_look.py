"""The look in Chromium: contrast, themes, the menu on small screens, presenting, and the words on the browser's tab."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from components.core.i18n import LANGUAGES, _, use
from tests.browser.chromium import resize, settle
from tests.browser.contrast import find_faint_text
from tests.browser.visitor import Visitor

BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 23, 29)"}
LEAST_RING_PX = 2
FILL = "element => getComputedStyle(element).fill"


def assert_background(page: Page, theme: str) -> None:
    expect(page.locator(".stApp")).to_have_css("background-color", BACKGROUNDS[theme])


def test_in_both_themes_every_kind_of_word_in_code_can_be_read_and_the_focus_in_the_menu_has_a_ring(visit):
    """The names in a JSON document, and what a Python script has."""
    page = visit("/catalog", step="explore", view="draw")
    page.locator("body").press("Tab")
    link = page.get_by_test_id("stSidebarNavLink").nth(3)
    for theme in BACKGROUNDS:
        page.emulate_media(color_scheme=theme)
        assert_background(page, theme)
        settle(page)
        expect(page.locator(".stCode .token.property").first).to_be_visible()
        assert find_faint_text(page) == {}
        link.focus()
        ring = link.evaluate(
            "element => { const style = getComputedStyle(element); return [style.outlineStyle, style.outlineWidth] }"
        )
        assert ring[0] == "solid"
        assert float(ring[1].removesuffix("px")) >= LEAST_RING_PX


def test_the_theme_is_switched_at_once_and_kept(visit):
    page = visit("/masked-language-model", theme="light")
    switch = page.get_by_role("radiogroup", name="Light or dark")
    bar = page.locator(".js-plotly-plot .bars path").first
    for system, choice in (("light", "Dark"), ("dark", "Light")):
        page.emulate_media(color_scheme=system)
        assert_background(page, system)
        settle(page)
        before = bar.evaluate(FILL)
        switch.get_by_text(choice, exact=True).click()
        assert_background(page, choice.lower())
        assert bar.evaluate(FILL) != before  # a chart that was drawn already follows
        page.reload()
        settle(page)
        assert_background(page, choice.lower())
        assert find_faint_text(page) == {}
        switch.get_by_text("System").click()
        assert_background(page, system)


def test_presenting_hides_the_menu_enlarges_the_text_and_ends_with_escape(visit):
    page = visit("/masked-language-model")
    heading, menu = page.locator("h1"), page.get_by_test_id("stSidebar")
    before = heading.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    page.get_by_role("button", name="Present").click()
    expect(menu).to_be_hidden()
    after = heading.evaluate("element => parseFloat(getComputedStyle(element).fontSize)")
    assert after == pytest.approx(1.25 * before)
    page.get_by_role("button", name="Figure in full screen").click()
    page.wait_for_function("() => document.fullscreenElement?.querySelector('.js-plotly-plot') != null")
    page.wait_for_function(
        "() => innerWidth * 0.8 < document.fullscreenElement.querySelector('.main-svg').getBoundingClientRect().width"
    )
    box = page.locator(".full-figure .main-svg").first.bounding_box()
    assert box["x"] + box["width"] <= page.viewport_size["width"] + 1
    assert box["y"] + box["height"] <= page.viewport_size["height"] + 1
    page.evaluate("document.exitFullscreen()")
    page.wait_for_function("() => document.fullscreenElement == null")
    page.keyboard.press("Escape")
    expect(menu).to_be_visible()


def test_on_a_phone_the_menu_closes_after_a_choice_many_views_are_a_menu_and_columns_stand_one_below_the_other(visit):
    page = visit("/tokenizer", width=390)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Foundation-model catalogue").click()
    settle(page)
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")
    row = page.get_by_role("radiogroup", name="View", include_hidden=True)
    expect(row).to_be_hidden()
    page.get_by_role("combobox", name="View").click()
    page.get_by_role("option", name="Table").click()
    settle(page)
    assert "view=table" in page.url
    resize(page, 1440, 900)
    expect(row.get_by_role("radio", name="Table")).to_be_checked()
    expect(page.get_by_role("combobox", name="View")).to_be_hidden()
    page.set_viewport_size({"width": 390, "height": 900})
    visit.move(page, "/fine-tuning", step="explore")
    columns = page.get_by_test_id("stMain").get_by_test_id("stColumn").filter(visible=True)
    assert columns.count() >= 2
    assert min(column.bounding_box()["width"] for column in columns.all()[:2]) > 300


def test_below_1200_pixels_the_menu_is_a_rail_that_opens_under_the_keyboard(visit):
    page = visit("/tokenizer", width=1024)
    content = page.get_by_test_id("stSidebarContent")
    assert content.bounding_box()["width"] <= 64
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Tokenizer explorer").focus()
    assert content.bounding_box()["width"] >= 280


def test_streamlits_own_words_and_the_browsers_tab_are_in_the_language_of_the_page(visit):
    """In English this shows that Streamlit still says what the table in look.py has; a number in its words stays."""
    page = visit("/tokenizer", lang="ko", tab="compare")
    for name, lang in (("한국어", "ko"), ("English", "en")):
        page.get_by_role("radio", name=name).click()
        settle(page)
        with use(lang):
            assert_tokenizer_speaks(page, lang)
    for lang in LANGUAGES:
        with use(lang):
            assert_catalog_speaks(visit, page, lang)


def assert_tokenizer_speaks(page: Page, lang: str) -> None:
    expect(page.locator("html")).to_have_attribute("lang", lang)
    expect(page).to_have_title(f"{_('Tokenizer explorer')} - {_('How Transformers work')}")
    expect(page.get_by_test_id("stSkipToContent")).to_have_text(_("Skip to main content"))
    page.locator(".st-key-text textarea").press("a")
    expect(page.get_by_test_id("InputInstructions")).to_have_text(_("Press Ctrl+Enter to apply"))
    page.get_by_test_id("stMultiSelect").locator("input").click()
    expect(page.get_by_role("option").first).to_have_text(_("Select all"))
    page.keyboard.type("no such model")
    expect(page.get_by_role("listbox")).to_have_text(_("No results"))
    page.locator("h1").click()  # closes the list


def assert_catalog_speaks(visit: Visitor, page: Page, lang: str) -> None:
    visit.move(page, "/catalog", lang=lang, view="compare", compare="bert,flan-t5,gpt-j,bloomz")
    page.get_by_test_id("stMultiSelect").locator("input").click()
    full = _("You can only select up to {n} options. Remove an option first.").format(n=4)
    expect(page.get_by_role("listbox")).to_have_text(full)
    visit.move(page, "/catalog", lang=lang, view="segment")
    expect(page.get_by_test_id("stFileUploaderDropzone")).to_contain_text(_("{n}MB per file").format(n=10))
    expect(page.get_by_test_id("stFileUploaderDropzone")).to_contain_text(_("Upload"))
    visit.move(page, "/", lang=lang)
    expect(page).to_have_title(_("How Transformers work"))


BUTTON = """
([holder, wrapper, kind]) => {
  document.querySelector("#holder")?.remove()
  window.presses = 0
  document.body.insertAdjacentHTML("beforeend", `<div id="holder" class="${holder}"><div data-testid="${wrapper}">
    <button id="pressed" data-testid="stBaseButton-${kind}">Press</button></div></div>`)
  const button = document.querySelector("#pressed")
  button.style = "position: fixed; inset: 0; z-index: 1000000"
  button.onclick = () => { window.presses += 1 }
}
"""


def test_a_double_click_is_one_click_where_a_run_starts_or_stops(visit):
    """On buttons of the test's own: they are pressed, and nothing else happens."""
    page = visit("/tokenizer", step="explore")
    for holder, wrapper, kind, presses in (
        ("", "stButton", "primary", 1),
        ("", "stFormSubmitButton", "secondaryFormSubmit", 1),
        ("st-key-generation_again", "stButton", "secondary", 1),
        ("st-key-inside_stop", "stButton", "secondary", 1),
        ("st-key-guide", "stButton", "primary", 2),
        ("st-key-attention_undo", "stButton", "secondary", 2),
    ):
        page.evaluate(BUTTON, [holder, wrapper, kind])
        page.locator("#pressed").dblclick()
        assert page.evaluate("window.presses") == presses, (holder, wrapper)
