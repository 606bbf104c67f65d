"""A term explains itself under the pointer and with the focus; otherwise its definition is not on the page."""

from playwright.sync_api import Page, expect


def test_a_term_shows_its_definition_on_hover_and_focus(visit):
    page = visit("/attention", lang="en")
    assert_first_term_explains_itself(page)
    assert_first_term_explains_itself(visit.move(page, "/attention", lang="ko"))


def assert_first_term_explains_itself(page: Page) -> None:
    term = page.locator('a[href^="#term-"]').first
    definition = term.locator("> span")
    expect(definition).to_be_hidden()
    term.hover()
    expect(definition).to_be_visible()
    page.mouse.move(0, 0)
    expect(definition).to_be_hidden()
    term.focus()
    expect(definition).to_be_visible()
    box = definition.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    term.blur()
    expect(definition).to_be_hidden()
