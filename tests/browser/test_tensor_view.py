"""The tensor view on the attention page: what is sent, what the browser does alone, and browsers of all kinds."""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from tests.browser.attention import (
    HOSTILE,
    IT,
    MODES,
    SENTENCE,
    captured,
    frames_sent,
    leave_view,
    link_in_export,
    shows,
    view_of,
)
from tests.browser.chromium import settle
from tests.browser.serving import ROOT

pytestmark = pytest.mark.real_model

MOST_MESSAGES = 25
"""Of the server, after another text or view."""


def messages_received(page, act):
    """Return what the server sends after an act, decoded."""
    received = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.webSocketFrameReceived", lambda frame: received.append(frame["response"]["payloadData"]))
    act()
    settle(page)
    session.detach()
    return [ForwardMsg.FromString(base64.b64decode(data)) for data in received]


def elements_in(messages):
    return [message.delta.new_element for message in messages if message.delta.HasField("new_element")]


def kinds_in(messages):
    return [element.WhichOneof("type") for element in elements_in(messages)]


def test_the_server_sends_little_for_a_look_and_for_a_text_or_view_what_it_changes(visit):
    """And of the view never its script, which the browser keeps."""
    page = visit("/attention", text=SENTENCE)
    view = view_of(page)

    def look():
        view.focus()
        page.keyboard.press("ArrowRight")
        leave_view(page)

    def type_another():
        page.get_by_label("Text", exact=True).fill("I read a good novel about a cat.")
        page.keyboard.press("Control+Enter")

    messages = messages_received(page, look)
    assert 0 < len(messages) <= 14
    assert sum(message.ByteSize() for message in messages) < 10_000

    messages = messages_received(page, type_another)
    assert view_of(page).locator(".text p").inner_text().count("novel") == 1
    kinds = kinds_in(messages)
    assert "bidi_component" in kinds
    assert not {"heading", "selectbox", "radio"} & set(kinds), "title, model and lesson stay"
    assert len(messages) <= MOST_MESSAGES, kinds
    drawn = [element.bidi_component for element in elements_in(messages)]
    [sent] = [component for component in drawn if component.component_name == "tensor_view"]
    assert 0 < len(sent.js_content) < 1_000
    assert {"text": "I read a good novel about a cat."}.items() <= link_in_export(page).items()

    messages = messages_received(page, lambda: page.get_by_role("radio", name="Head view").click())
    kinds = kinds_in(messages)
    assert "iframe" in kinds
    assert not {"heading", "selectbox", "radio", "text_area"} & set(kinds)
    assert len(messages) <= MOST_MESSAGES, kinds

    page.goto(re.sub(r"/attention.*", "/positional-encoding?lang=en", page.url))
    settle(page)
    expect(page.get_by_test_id("tensor-view").first).to_be_visible()
    sizes = page.evaluate(
        "performance.getEntriesByType('resource')"
        ".filter(each => each.name.includes('tensor_view')).map(each => each.transferSize)"
    )
    assert sizes == [0], "fetched again"


def test_the_export_menu_goes_with_a_text_that_cannot_be_read_and_gives_what_is_on_the_screen(visit):
    """Its buttons stay when the head changes: what they give has to follow."""
    page = visit("/attention", text=SENTENCE, model="classroom-gpt2")
    box = page.get_by_label("Text", exact=True)
    box.fill("")
    box.press("Control+Enter")
    expect(page.locator(".st-key-export")).to_have_count(0)
    box.fill(SENTENCE)
    box.press("Control+Enter")
    expect(page.locator(".st-key-export")).to_have_count(1)
    settle(page)
    view_of(page).focus()
    page.keyboard.press("ArrowRight")
    page.locator(".st-key-export button").first.click()
    with page.expect_download() as arriving:
        page.locator(".st-key-export_data button").click()
    params = json.loads(Path(arriving.value.path()).read_text(encoding="utf-8"))["params"]
    assert (params["text"], params["layer"], params["head"]) == (SENTENCE, 3, 2)


def colours(canvas, width=None):
    """Return the colours of a canvas, or of a strip at its left, each once, as (red, green, blue, opacity)."""
    found = canvas.evaluate(
        """(canvas, width) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, width ?? canvas.width, canvas.height)
          return [...new Set(new Uint32Array(data.buffer))]
        }""",
        width,
    )
    return [tuple(colour.to_bytes(4, "little")) for colour in found]


def test_arcs_and_the_largest_weights_are_chosen_in_the_browser(visit):
    page = visit("/attention", text=SENTENCE)
    view = view_of(page)
    row = captured(SENTENCE)[3, 1, IT]
    sent = frames_sent(page)
    arcs, share = (view.locator(f"[data-control={name}]") for name in ("arcs", "share"))
    expect(view.locator("svg.arcs path")).to_have_count(3)  # of the four, one is the word itself
    arcs.fill("1")
    expect(view.locator("svg.arcs path")).to_have_count(1)
    arcs.fill("12")
    share.fill("90")
    order = np.argsort(-row, kind="stable")
    kept = order[: np.searchsorted(row[order].cumsum(), 0.9) + 1]
    expect(view.locator(".text .word[style*=background]")).to_have_count(len(kept))
    shown = view.locator(".text .word[style*=background]").evaluate_all("all => all.map(one => +one.dataset.query)")
    assert sorted(shown) == sorted(kept.tolist())
    expect(view.locator(".note").first).to_contain_text("Some shares are hidden")
    assert sent == []
    view.get_by_role("button", name="Heatmap").click()
    expect(arcs).to_be_hidden()
    expect(share).to_be_visible()
    canvas = view.locator(".place canvas.cells")
    part = len(colours(canvas))
    share.fill("100")
    assert len(colours(canvas)) > part, "cells that were blank have a colour of their own again"


def test_a_word_under_the_mouse_is_marked_in_every_matrix_beside_it(visit):
    page = visit("/attention", text=SENTENCE)
    page.get_by_role("radio", name="Change a token").click()
    settle(page)
    views = page.get_by_test_id("tensor-view")
    expect(views).to_have_count(3)
    before, after = views.nth(0), views.nth(1)
    box = before.locator("canvas.overlay").bounding_box()
    before.locator("canvas.overlay").hover(position={"x": box["width"] - 20, "y": box["height"] - 20})
    said = [view.locator("[data-part=readout]") for view in (before, after)]
    expect(said[0]).to_have_attribute("data-value", re.compile(r"\d"))
    expect(said[1]).to_have_attribute("data-value", re.compile(r"\d"))


def test_a_browser_without_canvas_gets_a_table(visit):
    """The text needs none; the other ways to show a head become a table of its numbers."""
    page = visit("/attention", text=HOSTILE, view="head")
    page.evaluate("HTMLCanvasElement.prototype.getContext = () => null")
    weights = captured(HOSTILE)[3, 1]
    for show in MODES:
        visit.move(page, "/attention", text=HOSTILE, show=show)
        view = view_of(page)
        shows(view, mode=show)
        if show == "text":
            assert "<b>bold</b>" in view.locator(".text p").inner_text()
            continue
        table = view.locator(".grid table")
        read = table.locator("td[data-value]").evaluate_all("cells => cells.map(cell => +cell.dataset.value)")
        np.testing.assert_allclose(np.reshape(read, weights.shape), weights, rtol=2**-11, atol=2**-24)
        assert page.locator("[data-testid=tensor-view] :is(b, img, script)").count() == 0, "tokens are text"
    view.focus()
    view.press("ArrowRight")
    expect(table.locator("caption")).to_contain_text("Layer 3, head 2")


PIXELS = "canvas => canvas.toDataURL()"


def test_a_matrix_is_drawn_again_when_its_font_has_come_and_in_the_colours_of_another_theme(visit):
    """The first drawing may be before its font: labels would keep another one, and widths that no longer fit."""
    page = visit("/attention", text=SENTENCE, show="one")
    view = view_of(page)
    written = page.evaluate(
        """() => {
          const write = CanvasRenderingContext2D.prototype.fillText
          let count = 0
          CanvasRenderingContext2D.prototype.fillText = function (...text) {
            count += 1
            return write.apply(this, text)
          }
          document.fonts.dispatchEvent(new Event("loadingdone"))
          CanvasRenderingContext2D.prototype.fillText = write
          return count
        }"""
    )
    assert written >= 2 * len(SENTENCE.split())
    canvas = view.locator(".place canvas.cells")
    light = canvas.evaluate(PIXELS)
    sent = frames_sent(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(300)
    dark = canvas.evaluate(PIXELS)
    assert dark != light
    corner = "canvas => [...canvas.getContext('2d').getImageData(canvas.width - 4, canvas.height / 2, 1, 1).data]"
    assert sum(canvas.evaluate(corner)[:3]) < 3 * 128, "a weight near zero is as dark as the page"
    page.emulate_media(color_scheme="light")
    page.wait_for_timeout(300)
    assert canvas.evaluate(PIXELS) == light
    assert sent == []


def test_axe_finds_nothing_serious(visit):
    page = visit("/attention", text=SENTENCE)
    view = view_of(page)
    page.evaluate(axe())
    for theme, rules in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):  # no other rule reads colours
        page.emulate_media(color_scheme=theme)
        for mode in MODES:
            view.locator(f"[data-mode={mode}]").click()
            shows(view, mode=mode)
            found = page.evaluate(
                # the menu is Streamlit's own list
                "rules => axe.run({ exclude: ['[data-testid=stSidebarNav]'] },"
                " { resultTypes: ['violations'], ...rules })"
                ".then(({ violations }) => violations.filter(each => ['serious', 'critical'].includes(each.impact))"
                ".map(each => [each.id, each.nodes.map(node => node.target.flat(3).join(' '))]))",
                rules,
            )
            assert found == []


def axe():
    """Return the script of axe-core, or skip; with REQUIRE_BROWSER=1 its absence is a fault."""
    path = ROOT / "components/ui/tensor_view/frontend/node_modules/axe-core/axe.min.js"
    if not path.exists():
        reason = f"no axe-core: run npm ci --ignore-scripts in {path.parents[2].relative_to(ROOT)}"
        if os.environ.get("REQUIRE_BROWSER") == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return path.read_text(encoding="utf-8")


def test_forced_colours_less_motion_and_twice_the_size(visit):
    page = visit("/attention", width=720, text=SENTENCE, show="one")
    view = view_of(page)
    page.set_viewport_size({"width": 720, "height": 450})  # 1440 by 900 at 200 %
    page.emulate_media(forced_colors="active", reduced_motion="reduce", color_scheme="dark")
    settle(page)
    try:
        is_usable_with_forced_colours(page, view)
    finally:
        page.emulate_media(forced_colors="null", reduced_motion="null")


def is_usable_with_forced_colours(page, view):
    moving = view.evaluate("view => [...view.querySelectorAll('*')].filter(one => one.getAnimations().length).length")
    assert moving == 0
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 720
    # what is written on the canvas is as bright as the text around it
    written = colours(view.locator(".place canvas.cells"), width=40)
    assert any(colour[3] > 200 and min(colour[:3]) > 200 for colour in written)
    view.get_by_role("button", name="Text", exact=True).click()
    shows(view, mode="text")
    ring = view.locator(".word.from").evaluate("word => getComputedStyle(word).outlineStyle")
    assert ring == "solid"
