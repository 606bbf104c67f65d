"""The look in Chromium: contrast, themes, the menu on small screens, presenting, and the words on the browser's tab."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from components.core.i18n import LANGUAGES, _, use
from components.registry import PAGES
from tests.browser.chromium import settle
from tests.browser.contrast import find_faint_text

BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 23, 29)"}
LEAST_RING_PX = 2


def background(page: Page) -> str:
    colour: str = page.locator(".stApp").evaluate("element => getComputedStyle(element).backgroundColor")
    return colour


def test_faint_text_is_found(visit):
    page = visit("/")
    page.locator("h1").evaluate("element => { element.style.color = '#999' }")
    assert any("H1" in where or "SPAN" in where for where in find_faint_text(page))


@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_every_kind_of_word_in_code_can_be_read(visit, theme):
    """The names in a JSON document, and what a Python script has."""
    page = visit("/catalog", theme=theme, step="explore", view="draw")
    expect(page.locator(".stCode .token.property").first).to_be_visible()
    assert find_faint_text(page) == {}


@pytest.mark.parametrize("theme", BACKGROUNDS)
def test_the_focus_in_the_menu_has_a_ring(visit, theme):
    page = visit("/tokenizer", theme=theme)
    page.locator("body").press("Tab")
    link = page.get_by_test_id("stSidebarNavLink").nth(3)
    link.focus()
    ring = link.evaluate(
        "element => { const style = getComputedStyle(element); return [style.outlineStyle, style.outlineWidth] }"
    )
    assert ring[0] == "solid"
    assert float(ring[1].removesuffix("px")) >= LEAST_RING_PX


@pytest.mark.parametrize(("system", "choice"), [("light", "Dark"), ("dark", "Light")])
def test_the_theme_is_switched_at_once_and_kept(visit, system, choice):
    page = visit("/masked-language-model", theme=system)
    assert background(page) == BACKGROUNDS[system]
    bar = page.locator(".js-plotly-plot .bars path").first
    bars = "element => getComputedStyle(element).fill"
    before = bar.evaluate(bars)
    page.get_by_role("radiogroup", name="Light or dark").get_by_text(choice, exact=True).click()
    expect(page.locator(".stApp")).to_have_css("background-color", BACKGROUNDS[choice.lower()])
    assert bar.evaluate(bars) != before  # a chart that was drawn already follows
    page.reload()
    settle(page)
    expect(page.locator(".stApp")).to_have_css("background-color", BACKGROUNDS[choice.lower()])
    assert find_faint_text(page) == {}
    page.get_by_role("radiogroup", name="Light or dark").get_by_text("System").click()
    expect(page.locator(".stApp")).to_have_css("background-color", BACKGROUNDS[system])


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


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_browsers_tab_names_the_page(visit, lang):
    page = visit("/attention", lang=lang)
    attention = next(entry for entry in PAGES if entry.slug == "attention")
    with use(lang):
        assert page.title() == f"{_(attention.title)} - {_('How Transformers work')}"
        page.get_by_test_id("stSidebarNavLink").first.click()
        settle(page)
        assert page.title() == _("How Transformers work")


def test_below_1200_pixels_the_menu_is_a_rail_that_opens_under_the_keyboard(visit):
    page = visit("/tokenizer", width=1024)
    content = page.get_by_test_id("stSidebarContent")
    assert content.bounding_box()["width"] <= 64
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Tokenizer explorer").focus()
    assert content.bounding_box()["width"] >= 280


def test_on_a_phone_the_menu_closes_after_a_choice(visit):
    page = visit("/tokenizer", width=390)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_test_id("stSidebarNavLink").filter(has_text="Positional encoding").click()
    settle(page)
    expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")


def test_on_a_phone_many_views_are_a_menu(visit):
    page = visit("/catalog", width=390)
    row = page.get_by_role("radiogroup", name="View", include_hidden=True)
    expect(row).to_be_hidden()
    page.get_by_role("combobox", name="View").click()
    page.get_by_role("option", name="Table").click()
    settle(page)
    assert "view=table" in page.url
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(row.get_by_role("radio", name="Table")).to_be_checked()
    expect(page.get_by_role("combobox", name="View")).to_be_hidden()


def test_on_a_phone_columns_stand_one_below_the_other(visit):
    page = visit("/fine-tuning", width=390, step="explore")
    columns = page.get_by_test_id("stMain").get_by_test_id("stColumn").filter(visible=True)
    assert columns.count() >= 2
    assert min(column.bounding_box()["width"] for column in columns.all()[:2]) > 300


@pytest.mark.parametrize("lang", LANGUAGES)
def test_streamlits_own_words_are_in_the_language_of_the_page(visit, lang):
    """In English this shows that Streamlit still says what the table in look.py has."""
    page = visit("/tokenizer", lang=lang, tab="compare")
    expect(page.locator("html")).to_have_attribute("lang", lang)
    with use(lang):
        expect(page.get_by_test_id("stSkipToContent")).to_have_text(_("Skip to main content"))
        page.locator(".st-key-text textarea").press("a")
        expect(page.get_by_test_id("InputInstructions")).to_have_text(_("Press Ctrl+Enter to apply"))
        page.get_by_test_id("stMultiSelect").locator("input").click()
        expect(page.get_by_role("option").first).to_have_text(_("Select all"))
        page.keyboard.type("no such model")
        expect(page.get_by_role("listbox")).to_have_text(_("No results"))


def test_streamlits_own_words_change_with_the_language(visit):
    page = visit("/tokenizer", lang="ko")
    for name, lang in (("English", "en"), ("한국어", "ko")):
        page.get_by_role("radio", name=name).click()
        settle(page)
        with use(lang):
            expect(page.get_by_test_id("stSkipToContent")).to_have_text(_("Skip to main content"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_number_in_streamlits_words_stays(visit, lang):
    page = visit("/catalog", lang=lang, view="compare", compare="bert,flan-t5,gpt-j,bloomz")
    page.get_by_test_id("stMultiSelect").locator("input").click()
    with use(lang):
        full = _("You can only select up to {n} options. Remove an option first.").format(n=4)
        expect(page.get_by_role("listbox")).to_have_text(full)
        page.goto(page.url.replace("view=compare", "view=segment"))
        settle(page)
        expect(page.get_by_test_id("stFileUploaderDropzone")).to_contain_text(_("{n}MB per file").format(n=10))
        expect(page.get_by_test_id("stFileUploaderDropzone")).to_contain_text(_("Upload"))


BUTTON = """
([holder, wrapper, kind]) => {
  document.body.insertAdjacentHTML("beforeend", `<div class="${holder}"><div data-testid="${wrapper}">
    <button id="pressed" data-testid="stBaseButton-${kind}">Press</button></div></div>`)
  const button = document.querySelector("#pressed")
  button.style = "position: fixed; inset: 0; z-index: 1000000"
  button.onclick = () => { window.presses = (window.presses ?? 0) + 1 }
}
"""


@pytest.mark.parametrize(
    ("holder", "wrapper", "kind", "presses"),
    [
        ("", "stButton", "primary", 1),
        ("", "stFormSubmitButton", "secondaryFormSubmit", 1),
        ("st-key-generation_again", "stButton", "secondary", 1),
        ("st-key-inside_stop", "stButton", "secondary", 1),
        ("st-key-guide", "stButton", "primary", 2),
        ("st-key-attention_undo", "stButton", "secondary", 2),
    ],
)
def test_a_double_click_is_one_click_where_a_run_starts_or_stops(visit, holder, wrapper, kind, presses):
    """On a button of the test's own: it is pressed, and nothing else happens."""
    page = visit("/tokenizer", step="explore")
    page.evaluate(BUTTON, [holder, wrapper, kind])
    page.locator("#pressed").dblclick()
    assert page.evaluate("window.presses") == presses
