"""The attention page as a student meets it: clicks on charts, links, BertViz in its frame, hostile tokens, a phone."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import settle

pytestmark = pytest.mark.real_model

SENTENCE = "The cat sat on the mat because it was tired."
HOSTILE = "</script><img src=x onerror=window.top.broken=1> <b>bold</b> [x](javascript:alert(1))"


def cell(page, row, column):
    """Return where a cell of the 13 by 13 heatmap is on the screen."""
    plot = page.locator(".st-key-attention_heatmap .js-plotly-plot")
    plot.scroll_into_view_if_needed()
    area = plot.locator(".nsewdrag").first.bounding_box()
    return area["x"] + (column + 0.5) * area["width"] / 13, area["y"] + (row + 0.5) * area["height"] / 13


def test_a_click_on_a_cell_pins_it_and_shows_the_weight(visit):
    page = visit("/attention", text=SENTENCE, layer="3", head="1")
    page.mouse.click(*cell(page, 8, 2))
    settle(page)
    expect(page.get_by_text("it → cat: 0.83").or_(page.get_by_text("it → cat: 0.84"))).to_be_visible()


def test_a_cell_says_its_weight_under_the_mouse(visit):
    page = visit("/attention", text=SENTENCE, layer="3", head="1")
    page.mouse.move(*cell(page, 8, 2))
    said = page.locator(".st-key-attention_heatmap .hoverlayer")
    expect(said).to_contain_text(re.compile(r"it → .*cat.*0\.8[34]\d\d"))


def test_the_link_opens_the_view_layer_and_head_it_names(visit):
    page = visit("/attention", text=SENTENCE, view="head", layer="3", head="1")
    frame = page.frame_locator("iframe").first
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
    page.get_by_text("All heads", exact=True).click()
    settle(page)
    plot = page.locator(".st-key-attention_heatmap_many .js-plotly-plot")
    expect(plot).to_be_visible()
    page.locator(".st-key-export button").first.click()
    with page.expect_download() as arriving:  # the figure on the screen, not the one of a single head
        page.locator(".st-key-export_figure button").click()
    assert "All 72 heads" in Path(arriving.value.path()).read_text(encoding="utf-8")
    page.keyboard.press("Escape")
    settle(page)
    tick = {axis: plot.locator(f".{axis}tick text") for axis in "xy"}
    across = tick["x"].nth(8).bounding_box()
    down = tick["y"].nth(1).bounding_box()
    page.mouse.click(across["x"] + across["width"] / 2, down["y"] + down["height"] / 2)
    page.wait_for_url("**layer=1**")
    settle(page)
    expect(page).to_have_url(re.compile("head=8"))
    expect(page.locator(".st-key-attention_heatmap .js-plotly-plot")).to_be_visible()


@pytest.mark.parametrize("view", ["heatmap", "head", "model", "neuron"])
def test_a_hostile_text_is_only_text(visit, view):
    page = visit("/attention", text=HOSTILE, view=view)
    assert page.evaluate("window.broken") is None
    assert page.locator("img[src='x']").count() == 0
    if view != "heatmap":
        frame = page.frame_locator("iframe").first
        expect(frame.locator("html[data-drawn]")).to_be_attached()
        assert frame.locator("img").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_call_of_the_course_draws_queries_and_keys(visit, theme):
    page = visit("/attention", theme=theme, view="neuron", text="I read a good novel.", head="11")
    frame = page.frame_locator("iframe").first
    expect(frame.locator("html")).to_have_attribute("data-mode", theme)
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


@pytest.mark.parametrize(("view", "lang"), [("heatmap", "ko"), ("model", "en"), ("metrics", "ko"), ("rollout", "en")])
def test_nothing_sticks_out_of_a_phone(visit, view, lang):
    page = visit("/attention", lang=lang, width=390, view=view, text="I read a good [MASK].")
    widest = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert widest <= 390


def test_the_live_view_starts_within_the_first_screen(visit):
    page = visit("/attention", text=SENTENCE)
    box = page.locator(".st-key-attention_heatmap .js-plotly-plot").bounding_box()
    assert box["y"] + box["height"] <= 900


def test_512_tokens_of_all_heads_are_drawn(visit):
    page = visit("/attention", text="the cat sat on a mat and " * 100)
    page.get_by_text("All heads", exact=True).click()
    settle(page)
    expect(page.locator(".st-key-attention_heatmap_many .js-plotly-plot")).to_be_visible()
