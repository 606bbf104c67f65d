"""The embeddings page in Chromium: search, recommend, own texts, the map and the measurement; no network."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import settle
from tests.browser.visitor import HEIGHT_PX

ADDRESS = "/embeddings"


def search(page: Page, words: str) -> None:
    field = page.locator(".st-key-query input")
    field.fill(words)
    field.press("Enter")
    settle(page)


def test_both_answers_are_on_the_first_screen_and_another_question_is_answered_linked_and_exported(visit):
    page = visit(ADDRESS, step="explore")
    for lang, by_meaning, by_words in (
        ("ko", "1. 소리 없는 도둑", "없어요. 검색어의 단어가 어느 글에도 나오지 않아요."),
        ("en", "1. The Quiet Thief", "1. The Drowned Bell"),
    ):
        visit.move(page, ADDRESS, lang=lang, step="explore")
        for best in (by_meaning, by_words):
            found = page.get_by_text(best)
            expect(found).to_be_visible()
            assert found.bounding_box()["y"] < HEIGHT_PX / 2
    search(page, "mountaineering tragedy")
    expect(page.get_by_text("1. The Mountain Does Not Care")).to_be_visible()
    expect(page.get_by_text("No word of the query is in any of these texts.")).to_be_visible()
    assert "query=mountaineering+tragedy" in page.url
    result = export_data(page)["result"]
    assert result["ranking"][0]["id"] == "the-mountain-does-not-care"
    assert {row["bm25_rank"] for row in result["ranking"]} == {None}


def test_own_texts_are_searched_come_with_their_own_choice_of_liked_ones_and_are_left_again(visit):
    page = visit(ADDRESS, query="pets")
    page.get_by_role("button", name="Your own texts").click()
    field = page.locator(".st-key-list textarea")
    field.fill("the cat sleeps <b>here</b>\na dog barks\nrain falls on the sea")
    field.press("Control+Enter")
    settle(page)
    page.keyboard.press("Escape")
    expect(page.get_by_text("the cat sleeps <b>here</b>").first).to_be_visible()

    page.get_by_role("radio", name="Recommend").click()
    settle(page)
    page.get_by_role("combobox", name="Readers who liked").fill("dog")
    page.get_by_role("option", name="a dog barks").click()
    expect(page).to_have_url(re.compile("liked=line-2"))
    page.keyboard.press("Escape")  # the list of options hides the rest from a screen reader
    assert [item["title"] for item in export_data(page)["result"]["items"]][:1] == ["the cat sleeps <b>here</b>"]

    page.get_by_role("button", name="Your own texts").click()
    page.get_by_role("button", name="Back to the 80 blurbs").click()
    settle(page)
    expect(page.get_by_text("the cat sleeps").first).to_be_hidden()
    assert "list=" not in page.url


def test_a_liked_text_and_the_pooling_change_what_is_shown_and_are_in_the_link(visit):
    page = visit(ADDRESS, view="recommend", liked="gloves")
    expect(page.get_by_text("1. The Slow Runner").first).to_be_visible()
    page.get_by_role("combobox", name="Readers who liked").fill("Second")
    page.get_by_role("option", name="Second Spring").click()
    expect(page).to_have_url(re.compile("liked=gloves%2Csecond-spring"))
    visit.move(page, ADDRESS, view="isotropy")
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("0.47")
    page.get_by_role("button", name="Vectors").click()
    page.get_by_text("Maximum of each number").click()
    expect(page.get_by_test_id("stMetricValue").first).to_have_text("0.88")
    assert "pooling=max" in page.url


def test_the_heatmap_says_the_exact_cosine_of_the_cell_that_is_pinned(visit):
    """By keyboard, in the second row and the third column; then of the cell under the pointer."""
    page = visit(ADDRESS, view="heatmap")
    exported = export_data(page)["result"]
    scores, titles = exported["scores"], [item["title"] for item in exported["items"]]
    view = page.get_by_test_id("tensor-view")
    view.focus()
    for key in ("Enter", "ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    expect(view).to_have_attribute("data-pinned", "1,2")
    readout = page.locator("[data-part=readout]")
    expect(readout).to_have_text(f"“{titles[1]}”, “{titles[2]}”: Cosine {scores[1][2]:.4f}")
    expect(readout).to_have_attribute("data-exact", "true")
    assert float(readout.get_attribute("data-value")) == pytest.approx(scores[1][2], abs=1e-6)
    box = view.locator("canvas.overlay").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(readout).not_to_contain_text(titles[1])
    said = re.match("“(.*)”, “(.*)”: Cosine (.*)", readout.inner_text())
    row, column = (titles.index(said[place]) for place in (1, 2))
    assert said[3] == f"{scores[row][column]:.4f}"


def export_data(page: Page) -> dict[str, Any]:
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as started:
        page.locator(".st-key-export_data button").click()
    page.keyboard.press("Escape")
    return json.loads(started.value.path().read_text("utf-8"))


def test_a_query_leaves_the_guide_as_it_is(visit):
    page = visit(ADDRESS, step="8")
    page.locator(".st-key-guide_answer_embeddings_8 button").nth(1).click()
    settle(page)
    search(page, "no cheap flights")
    expect(page.get_by_text("1. There are cheap flights.").first).to_be_visible()
    expect(page.locator(".st-key-guide_card")).to_contain_text("it comes second")
    assert export_data(page)["params"]["query"] == "no cheap flights"
