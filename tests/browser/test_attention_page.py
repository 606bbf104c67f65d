"""The attention page as a student meets it: heads in the browser, links, BertViz, hostile tokens, a phone."""

from __future__ import annotations

import os
import re
import signal
import threading
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.browser.attention import (
    HOSTILE,
    IT,
    LONG,
    MODES,
    REPORTED_AFTER_MS,
    SENTENCE,
    after_reporting,
    captured,
    frames_sent,
    leave_view,
    link_in_export,
    row_in_table,
    shows,
    view_of,
)
from tests.browser.chromium import settle

pytestmark = pytest.mark.real_model


def test_the_page_opens_on_a_head_that_says_something_and_a_word_says_where_it_looks(visit):
    page = visit("/attention", text=SENTENCE)
    view = view_of(page)
    box = view.locator(".text").bounding_box()
    assert box["y"] + box["height"] <= 900
    shows(view, kind="attention", mode="text", layer=3, head=1, pinned=IT)
    expect(view.locator("[data-part=readout]")).to_contain_text(re.compile(r"“it” looks at: cat 0\.8[34]"))
    expect(view.locator("svg.arcs path").first).to_be_attached()
    expect(view.get_by_role("button", name="Layer 3, head 1")).to_have_attribute("aria-pressed", "true")
    word = view.locator(".word", has_text="mat")
    word.hover()
    expect(view.locator("[data-part=readout]")).to_contain_text("“mat” looks at:")
    shows(view, pinned=IT)
    word.click()
    shows(view, pinned=6)


def test_the_numbers_in_the_browser_are_those_of_the_capture_by_key_and_by_click(visit):
    weights = captured(SENTENCE)
    page = visit("/attention", text=SENTENCE, show="one")
    view = view_of(page)
    for layer, head, keys in ((3, 1, []), (3, 4, ["ArrowRight"] * 3), (5, 4, ["ArrowDown"] * 2)):
        view.focus()
        for key in keys:
            view.press(key)
        shows(view, layer=layer, head=head)
        np.testing.assert_allclose(row_in_table(view), weights[layer, head, IT], rtol=2**-11, atol=2**-24)
    view.focus()
    view.press("Shift+ArrowRight")
    view.press("Shift+ArrowUp")
    shows(view, pinned=f"{IT - 1},0")
    said = view.locator("[data-part=readout]")
    expect(said).to_have_attribute("data-exact", "true")
    assert float(said.get_attribute("data-value")) == pytest.approx(weights[5, 4, IT - 1, 0], rel=2**-11, abs=2**-24)

    overlay = view.locator("canvas.overlay")
    box = overlay.bounding_box()
    middle = {"x": box["width"] * 0.46, "y": box["height"] * 0.47}
    overlay.click(position=middle)
    row, column = map(int, view.get_attribute("data-pinned").split(","))
    assert (row, column) != (IT - 1, 0)
    expect(said).to_have_attribute("data-exact", "true")
    assert float(said.get_attribute("data-value")) == pytest.approx(weights[5, 4, row, column], rel=2**-11, abs=2**-24)
    overlay.click(position=middle)
    shows(view, pinned="")


def test_a_long_text_is_read_from_colours_until_the_exact_numbers_come(visit):
    weights = captured(LONG)
    page = visit("/attention", text=LONG, show="one")
    view = view_of(page)
    said = view.locator("[data-part=readout]")
    expect(said).to_have_attribute("data-exact", "true")
    row = int(view.get_attribute("data-pinned"))
    np.testing.assert_allclose(row_in_table(view), weights[3, 1, row], rtol=2**-11, atol=2**-24)
    view.focus()
    view.press("ArrowRight")
    expect(said).to_have_attribute("data-exact", "false")
    assert np.abs(np.array(row_in_table(view)) - weights[3, 2, row]).max() <= 0.5 / 255 + 1e-3
    after_reporting(page)
    expect(said).to_have_attribute("data-exact", "true")
    np.testing.assert_allclose(row_in_table(view), weights[3, 2, row], rtol=2**-11, atol=2**-24)


def test_another_head_sends_nothing_is_in_the_address_at_once_and_stays_when_the_page_runs_again(visit):
    page = visit("/attention", text=SENTENCE, show="one")
    view = view_of(page)
    sent = frames_sent(page)
    view.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
    at_once = (len(sent), page.url)
    shows(view, layer=3, head=3)
    assert at_once[0] == 0
    assert parse_qs(urlsplit(at_once[1]).query)["head"] == ["3"]
    page.wait_for_timeout(REPORTED_AFTER_MS + 200)
    assert sent == []
    view.press("Shift+ArrowRight")
    view.press("Shift+ArrowRight")
    leave_view(page)
    assert 1 <= len(sent) <= 3, "told once for all, when the visitor turns to another part of the page"
    assert page.url == at_once[1]
    assert {"layer": "3", "head": "3", "show": "one"}.items() <= link_in_export(page).items()
    page.get_by_role("radio", name="Head view").click()
    settle(page)
    expect(page.get_by_role("slider", name="Head")).to_have_value("3")
    page.get_by_role("radio", name="Heatmap").click()
    settle(page)
    shows(view_of(page), layer=3, head=3, pinned=f"{IT},1", mode="one")


def test_the_view_is_used_with_the_keyboard_alone(visit):
    page = visit("/attention", text=SENTENCE)
    view = view_of(page)
    page.get_by_label("Text", exact=True).focus()
    is_there = "(root => root?.activeElement?.dataset?.testid === 'tensor-view')(document.activeElement?.shadowRoot)"
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(is_there):
            break
    assert page.evaluate(is_there)
    page.keyboard.press("Escape")
    shows(view, pinned="")
    page.keyboard.press("Enter")
    shows(view, pinned=0)
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    shows(view, pinned=1, layer=4, head=2)
    said = view.locator("[data-part=readout]")
    expect(said).to_have_attribute("aria-live", "polite")
    expect(said).to_contain_text("Layer 4, head 2 · “the” looks at:")


def test_the_text_reads_as_it_was_typed(visit):
    page = visit("/attention", lang="ko", text="나는 어제 좋은 소설을 읽었다.")
    for text, direction in (
        ("나는 어제 좋은 소설을 읽었다.", "ltr"),
        ("קראתי ספר טוב אתמול.", "rtl"),
        ("قرأت كتابا جيدا.", "rtl"),
    ):
        visit.move(page, "/attention", lang="ko", text=text)
        paragraph = view_of(page).locator(".text p")
        assert text in "".join(paragraph.inner_text().split("[CLS]")).replace("[SEP]", "")
        assert paragraph.evaluate("element => getComputedStyle(element).direction") == direction
        paragraph.locator(".word").nth(2).hover()
        expect(view_of(page).locator("svg.arcs path").first).to_be_attached()


def test_a_decoder_has_a_veil_over_what_its_mask_forbids(visit):
    page = visit("/attention", text=SENTENCE, model="classroom-gpt2", show="one", layer="0", head="0")
    view = view_of(page)
    overlay = view.locator("canvas.overlay")

    def colour(x, y):
        return overlay.evaluate(
            "(overlay, [x, y]) => { const cells = overlay.parentElement.querySelector('canvas.cells');"
            " const by = cells.width / cells.getBoundingClientRect().width;"
            " return [...cells.getContext('2d').getImageData(x * by, y * by, 1, 1).data].slice(0, 3) }",
            [x, y],
        )

    box = overlay.bounding_box()
    overlay.hover(position={"x": box["width"] - 8, "y": box["height"] - 8})
    above = colour(box["width"] - 6, box["height"] / 2)
    assert max(above) - min(above) <= 12, "a grey"
    assert above != [255, 255, 255]


def test_the_link_opens_the_view_layer_and_head_it_names(visit):
    page = visit("/attention", text=SENTENCE, view="head", layer="3", head="1")
    frame = page.frame_locator("iframe").first
    expect(frame.locator("html")).to_have_attribute("data-mode", "light")
    expect(frame.locator("#layer option")).to_have_text(["3"])
    expect(frame.locator("#layer")).to_be_hidden()  # one layer is sent: a menu of one choice is none
    expect(frame.get_by_text("Layer")).to_have_count(0)
    expect(page.get_by_text("double-click to see it alone")).to_be_visible()
    shown = frame.locator("#attention line").evaluate_all(
        "found => [...new Set(found.filter(l => +l.getAttribute('stroke-opacity') > 0)"
        ".map(l => l.parentNode.parentNode.getAttribute('head-index')))]"
    )
    assert shown == ["1"], "only the chosen head is switched on"


def test_a_click_on_a_thumbnail_opens_that_head_and_the_address_says_so(visit):
    page = visit("/attention", text=SENTENCE)
    view = view_of(page)
    view.get_by_role("button", name="All heads").click()
    shows(view, mode="all")
    page.locator(".st-key-export button").first.click()
    with page.expect_download() as arriving:  # the figure on the screen, not the one of a single head
        page.locator(".st-key-export_figure button").click()
    figure = Path(arriving.value.path()).read_text(encoding="utf-8")
    assert figure.count('fill="none"') == 6 * 12
    page.keyboard.press("Escape")
    settle(page)
    canvas = view.locator(".place canvas.cells")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] * 0.72, "y": box["height"] * 0.3})
    shows(view, mode="one")
    assert view.get_attribute("data-layer") != "3"
    chosen = {name: view.get_attribute(f"data-{name}") for name in ("layer", "head")}
    assert chosen == {"layer": "1", "head": "8"}
    assert {name: parse_qs(urlsplit(page.url).query)[name][0] for name in chosen} == chosen
    assert chosen.items() <= link_in_export(page).items()


def test_a_head_found_in_another_view_opens_in_the_heatmap(visit):
    """The click is made inside the view, and the choice of the view stands around it."""
    page = visit("/attention", text=SENTENCE, view="metrics", model="classroom-gpt2")  # the fewest to measure
    page.get_by_text("Heads worth a look, found by measurement").click()
    settle(page)
    found = page.locator("[class*=st-key-attention_found_] button").first
    layer, head = found.inner_text().split("-")
    found.click()
    shows(page.get_by_test_id("tensor-view").first, layer=layer, head=head)


def test_a_similar_head_opens_and_can_be_left_again(visit):
    page = visit("/attention", text=SENTENCE)
    view = view_of(page)
    view.get_by_role("button", name="Heads that behave alike").click()
    near = page.locator(".st-key-attention_similar button").first
    before = near.inner_text()
    layer, head = before.split(" ")[0].split("-")
    near.click()
    shows(view, layer=layer, head=head)
    view.focus()
    page.keyboard.press("ArrowLeft" if int(head) else "ArrowRight")
    shows(view, head=abs(int(head) - 1))
    after_reporting(page)
    assert near.inner_text() != before, "what is below follows the head"


def test_a_click_right_after_a_look_at_another_head_keeps_it_however_slow_the_server_is(visit, app):
    page = visit("/attention", text=SENTENCE)
    view = view_of(page)

    def look_and_go_on(key, act):
        view.focus()
        page.keyboard.press(key)
        os.kill(app.pid, signal.SIGSTOP)
        going_on = threading.Timer(0.5, os.kill, (app.pid, signal.SIGCONT))
        going_on.start()
        try:
            act()
            settle(page)
        finally:
            going_on.join()

    def write():
        page.get_by_label("Text", exact=True).fill("I read a good novel.")
        page.keyboard.press("Control+Enter")

    look_and_go_on("ArrowRight", write)
    shows(view_of(page), layer=3, head=2)
    assert parse_qs(urlsplit(page.url).query)["head"] == ["2"]
    look_and_go_on("ArrowDown", page.get_by_text("한국어", exact=True).click)
    shows(view_of(page), layer=4, head=2)
    assert parse_qs(urlsplit(page.url).query)["layer"] == ["4"]


def test_what_is_said_of_a_head_and_what_can_be_done_with_it_follow_in_the_browser(visit):
    page = visit("/attention", text="I read a good [MASK].")
    view = view_of(page)
    sent = frames_sent(page)
    about, search = view.locator("[data-part=about]"), view.locator("[data-action=neighbours]")
    said = set()
    view.focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
        said.add(about.inner_text())
    assert len(said) > 2
    expect(search).to_be_enabled()
    page.keyboard.press("Escape")
    expect(search).to_be_disabled()
    expect(search).to_have_attribute("title", "Click a word in the view first.")
    view.locator(".word:not(.special)").nth(2).click()
    expect(search).to_be_enabled()
    assert sent == []
    search.click()
    expect(page.locator(".st-key-attention_neighbours")).to_contain_text("Where the output of layer 3, head 7 is")
    assert parse_qs(urlsplit(page.url).query)["similar"] == ["yes"]
    expect(search).to_have_count(0)


def test_what_the_head_on_the_screen_writes_opens(visit):
    page = visit("/attention", text="I read a good [MASK].", lang="ko")
    view = view_of(page)
    view.focus()
    page.keyboard.press("ArrowRight")
    way = view.locator("a[data-action=inside]")
    asked = parse_qs(urlsplit(way.get_attribute("href")).query)
    assert (asked["row"], asked["head"], asked["lang"]) == (["attention.3"], ["2"], ["ko"])
    way.click()
    page.wait_for_url("**/inside?*")
    settle(page)
    opened = parse_qs(urlsplit(page.url).query)
    assert {name: opened[name] for name in ("row", "head", "position", "text")} == {
        name: asked[name] for name in ("row", "head", "position", "text")
    }
    with page.context.expect_page() as arriving:
        page.go_back()
        settle(page)
        view_of(page).locator("a[data-action=inside]").click(modifiers=["ControlOrMeta"])
    assert urlsplit(arriving.value.url).path == "/inside"


def test_a_step_of_the_lesson_shows_the_same_after_any_other_head(visit):
    page = visit("/attention", text=SENTENCE)
    view = view_of(page)
    view.focus()
    page.keyboard.press("ArrowDown")
    view.get_by_role("button", name="All heads").click()
    page.get_by_role("button", name="Guide", exact=True).click()
    settle(page)
    shows(view_of(page), layer=0, head=2, mode="text")
    assert parse_qs(urlsplit(page.url).query) == {"lang": ["en"], "step": ["0"]}
    page.locator(".st-key-guide_next button").click()
    settle(page)
    shows(view_of(page), layer=4, head=8, mode="layer")


def test_a_click_in_the_view_is_in_the_address_and_redraws_no_guide(visit):
    page = visit("/attention", step="2")
    view = view_of(page)
    shows(view, layer=4, head=2, mode="one")
    page.locator(".st-key-guide_answer_attention_2 button").first.evaluate("button => { button.dataset.mine = 'yes' }")
    view.focus()
    page.keyboard.press("ArrowRight")
    shows(view, layer=4, head=3)
    assert parse_qs(urlsplit(page.url).query)["head"] == ["3"]
    leave_view(page)
    expect(page.locator(".st-key-guide [data-mine=yes]")).to_have_count(1)
    view.focus()
    page.keyboard.press("ArrowLeft")
    leave_view(page)
    assert "head" not in parse_qs(urlsplit(page.url).query), "the card's own head is its default"
    shows(view_of(page), layer=4, head=2)


def test_a_hostile_text_is_only_text(visit):
    """In the page's own view and in a frame; what BertViz draws in it: test_bertviz_html."""
    page = visit("/attention", text=HOSTILE)
    assert "<b>bold</b>" in view_of(page).locator(".text p").inner_text()
    assert page.locator("[data-testid=tensor-view] b").count() == 0
    visit.move(page, "/attention", text=HOSTILE, view="head")
    frame = page.frame_locator("iframe").first
    expect(frame.locator("html[data-drawn]")).to_be_attached()
    assert frame.locator("img").count() == 0
    assert page.evaluate("window.broken") is None
    assert page.locator("img[src='x']").count() == 0


def test_the_call_of_the_course_draws_queries_and_keys_in_the_theme_of_the_page(visit):
    page = visit("/attention", theme="dark", view="neuron", text="I read a good novel.", head="11")
    frame = page.frame_locator("iframe").first
    expect(frame.locator("html")).to_have_attribute("data-mode", "dark")
    expect(frame.locator("#att_head")).to_have_value("11")
    assert frame.locator("#collapsed .attn-line-group line").count() > 8
    assert frame.locator("#queries .vector").count() == 8


def test_ranking_heads_can_be_stopped(visit):
    page = visit("/attention", view="ablation", text="I read a good [MASK]. " * 12)
    page.get_by_role("button", name="Rank all heads").click()
    page.get_by_role("button", name="Stop").click()
    settle(page)
    expect(page.get_by_role("button", name="Rank all heads")).to_be_visible()
    expect(page.locator(".st-key-attention_ablation")).to_have_count(0)


def test_all_ways_to_show_heads_fit_a_phone(visit, shot):
    page = visit("/attention", lang="ko", width=390, text=SENTENCE)
    view = view_of(page)
    for show in MODES:
        view.locator(f"[data-mode={show}]").click()
        shows(view, mode=show)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            shot(page, f"attention-{show}-{theme}-390")


def test_512_tokens_are_drawn(visit):
    page = visit("/attention", text="the cat sat on a mat and " * 100, show="one")
    view = view_of(page)
    is_drawn = "canvas => { const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
    for show in ("one", "all"):
        view.locator(f"[data-mode={show}]").click()
        shows(view, mode=show)
        settle(page)
        expect(view.locator(".place canvas").first).to_be_visible()
        assert view.locator(".place canvas").first.evaluate(is_drawn + " return new Set(data).size > 20 }")


def test_a_view_without_tools_of_its_own_leaves_no_gap_for_them(visit):
    page = visit("/attention", view="rollout")
    more = page.get_by_role("button", name="Second text, continuation")
    views = page.get_by_role("radiogroup", name="View")
    assert more.bounding_box()["x"] == pytest.approx(views.bounding_box()["x"], abs=1)
