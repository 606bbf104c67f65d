"""The tokenizer page as a student meets it: what is on the first screen, what typing, keys and an upload do."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from components.tokenizer.link import TAB
from tests.browser.chromium import settle
from tests.browser.visitor import HEIGHT_PX
from tests.unit.tokenizer.zoo import unigram

ADDRESS = "/tokenizer"
CHIPS = ".st-key-tokenizer_chips .chips .chip"


def labels(page: Page, row: str = CHIPS) -> list[str]:
    return page.locator(f"{row} .label").all_inner_texts()


def test_the_live_tokens_are_on_the_first_screen_and_follow_the_text_and_a_click(visit):
    page = visit(ADDRESS)
    for lang, tokens in (
        ("ko", ["[CLS]", "·대한민국", "의", "·수도", "는", "·서울", "이에요", "[SEP]"]),
        ("en", ["[CLS]", "the", "capital", "of", "france", "is", "[SEP]"]),
    ):
        visit.move(page, ADDRESS, lang=lang)
        assert labels(page) == tokens
        box = page.locator(CHIPS).last.bounding_box()
        assert box["y"] + box["height"] < HEIGHT_PX

    page.locator(CHIPS).nth(2).click()
    settle(page)
    table = page.get_by_test_id("stDataFrame").first
    expect(table).to_be_visible()
    assert table.bounding_box()["y"] < HEIGHT_PX

    field = page.locator(".st-key-text textarea")
    field.fill("unaffable")
    field.press("Control+Enter")
    settle(page)
    assert labels(page) == ["[CLS]", "una", "##ffa", "##ble", "[SEP]"]
    expect(page).to_have_url(re.compile("text=unaffable"))


def test_on_a_phone_a_view_is_chosen_from_a_menu(visit):
    page = visit(ADDRESS, lang="ko", width=390, text="Unaffable 👍 한글")
    menu, choice = page.get_by_role("combobox", name="화면"), page.get_by_role("option").nth(3)
    while not choice.is_visible():  # one that has just taken the place of a row of buttons may not listen yet
        menu.press("ArrowDown")
        page.wait_for_timeout(100)
    choice.click()
    settle(page)
    expect(page.locator(f".st-key-view_{TAB.options[3]}").get_by_test_id("stElementContainer").first).to_be_visible()


def test_halves_of_a_character_are_never_shown_and_an_arrow_key_on_the_slider_does_the_next_merge(visit):
    page = visit(ADDRESS, model="classroom-gpt2", text="한글 👨‍👩‍👧 e\u0301")
    assert labels(page)[0] == "한"
    assert "\ufffd" not in page.locator("body").inner_text()
    visit.move(page, ADDRESS, model="classroom-gpt2", text="novels", tab=TAB.options[2])
    pieces = page.locator(".st-key-tokenizer_bpe .chips .chip .label")
    expect(pieces).to_have_text(list("novels"))
    page.get_by_role("slider").first.press("ArrowRight")
    expect(pieces).to_have_count(5)


def test_an_uploaded_tokenizer_takes_over(visit, tmp_path):
    path = tmp_path / "tokenizer.json"
    unigram().save(str(path))
    page = visit(ADDRESS)
    page.get_by_role("button", name="Your own tokenizer.json").click()
    page.locator("input[type=file]").set_input_files(path)
    settle(page)
    assert labels(page)[-1] == "</s>"
    page.keyboard.press("Escape")
    page.locator(".st-key-tab button").nth(2).click()
    settle(page)
    expect(page.locator(".st-key-tokenizer_lattice .js-plotly-plot")).to_be_visible()
