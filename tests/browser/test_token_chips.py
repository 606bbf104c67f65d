"""Tokens and text light each other up, by pointer and by keyboard. On the tokenizer page, where they live."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.chromium import settle
from tests.browser.visitor import Visitor


def chip(page: Page, index: int) -> Locator:
    return page.locator(f".chips >> nth=0 >> .chip[data-chip='{index}']")


def piece(page: Page, index: int) -> Locator:
    return page.locator(f".text >> nth=0 >> .piece[data-chip='{index}']")


def focused(page: Page) -> str | None:
    """Return the index of the chip that has the focus."""
    active = """() => { let at = document.activeElement
      while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
      return at?.dataset.chip ?? null }"""
    index: str | None = page.evaluate(active)
    return index


def is_lit(locator: Locator) -> bool:
    lit: bool = locator.evaluate("element => element.classList.contains('lit')")
    return lit


def open_page(visit: Visitor) -> Page:
    return visit("/tokenizer", text="I read a good novel.", model="classroom-bert")


def test_the_pointer_on_a_chip_or_its_text_lights_the_other_and_nothing_else(visit):
    page = open_page(visit)
    chip(page, 2).hover()
    assert is_lit(piece(page, 2))
    assert not is_lit(piece(page, 3))
    page.mouse.move(0, 0)
    assert not is_lit(piece(page, 2))
    piece(page, 4).hover()
    assert is_lit(chip(page, 4))
    assert not is_lit(chip(page, 2))
    hostile = "<img src=x onerror='window.intruder=1'><b>bold</b>"
    visit.move(page, "/tokenizer", text=hostile)
    assert page.locator(".text >> nth=0").inner_text() == hostile, "a token is text, never markup"
    assert page.evaluate("window.intruder") is None
    assert page.locator(".chips img, .chips b, .text img, .text b").count() == 0


def test_the_row_is_one_stop_where_arrows_move_light_the_text_and_keys_pin_a_chip(visit):
    page = open_page(visit)
    chip(page, 0).focus()
    for key, expected in (("ArrowRight", "1"), ("ArrowRight", "2"), ("ArrowLeft", "1"), ("Home", "0")):
        page.keyboard.press(key)
        assert focused(page) == expected
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "0"
    page.keyboard.press("End")
    assert focused(page) == str(page.locator(".chips >> nth=0 >> .chip").count() - 1)
    page.keyboard.press("Shift+Tab")
    assert focused(page) is None
    chip(page, 2).focus()
    assert is_lit(piece(page, 2))
    for key in ("Enter", "Space"):
        page.keyboard.press(key)
        settle(page)
        expect(chip(page, 2)).to_have_attribute("aria-pressed", "true")
        expect(chip(page, 3)).to_have_attribute("aria-pressed", "false")
        assert focused(page) == "2"  # the rerun must not throw the reader out of the row
        page.keyboard.press(key)
        settle(page)
        expect(chip(page, 2)).to_have_attribute("aria-pressed", "false")
