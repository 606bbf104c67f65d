"""The page through the whole model as a student meets it: board, stage and experiments in the browser."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from components.inside.lens import read_lens
from components.inside.reading import find_token, read_text, run
from components.models import loaders
from components.models.registry import DEFAULT_DECODER, record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer
from tests.browser.attention import after_reporting, frames_sent, link_in_export, shows
from tests.browser.chromium import settle

pytestmark = pytest.mark.real_model

FRANCE = "The capital of France is"
HOSTILE = "</script><img src=x onerror=window.top.broken=1> <b>bold</b>"
ROWS = 14
"""Of the built-in decoder's board: scores, two for each of six layers, embedding."""
LAST = 4


@cache
def lens_of(text):
    """Return what the board has to show, computed here and not by its server."""
    found = record(DEFAULT_DECODER)
    folder = local_folder(found)
    loaded = loaders.load_causal_lm(found, folder, tokenizer=SharedTokenizer(load_tokenizer(folder)))
    return read_lens(run(loaded, read_text(loaded, text)), [find_token(loaded, "Paris")])


def board_of(page):
    board = page.get_by_test_id("tensor-view").first
    expect(board).to_have_attribute("data-kind", "board")
    return board


def stage_of(page):
    stage = page.get_by_test_id("stage-view")
    expect(stage).to_have_attribute("data-row", re.compile("."))
    return stage


def value_said(board):
    return float(board.locator("[data-part=readout]").get_attribute("data-value"))


def test_the_board_opens_on_the_answer_and_a_look_sends_nothing_but_is_in_the_address_at_once(visit):
    page = visit("/inside", text=FRANCE)
    board = board_of(page)
    shows(board, mode="guess", pinned=f"2,{LAST}")
    expect(board.locator("[data-part=readout]")).to_contain_text(re.compile("L5 attention, at “is”: “Paris” 0.6"))
    expect(stage_of(page)).to_contain_text("Head 10 takes 83% from “France”")

    sent = frames_sent(page)
    overlay = board.locator("canvas.overlay")
    for x in range(20, 320, 60):
        overlay.hover(position={"x": x, "y": 100})
    after_reporting(page)
    assert sent == [], "a pointer over the board sends nothing at all"

    board.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    board.get_by_role("button", name="its rank").click()
    overlay.hover(position={"x": 20, "y": 60})
    at_once = (len(sent), page.url)
    shows(board, mode="rank", pinned=f"4,{LAST - 1}")
    assert at_once[0] == 0
    asked = {name: values[0] for name, values in parse_qs(urlsplit(at_once[1]).query).items()}
    assert {"show": "rank", "row": "attention.4", "position": "3"}.items() <= asked.items()
    after_reporting(page)
    assert 1 <= len(sent) <= 3, "told late, and once for all"
    assert page.url == at_once[1]
    expect(stage_of(page)).to_have_attribute("data-row", "attention.4")
    assert {"show": "rank", "row": "attention.4", "position": "3"}.items() <= link_in_export(page).items()


def test_every_number_on_the_board_is_that_of_the_lens(visit):
    lens = lens_of(FRANCE)
    page = visit("/inside", text=FRANCE, show="probability", row="scores", position="0")
    board = board_of(page)
    board.focus()
    for line in range(ROWS):
        row = len(lens.rows) - max(line, 1)
        for position in range(LAST + 1) if line % 2 == 0 else range(LAST, -1, -1):
            shows(board, pinned=f"{line},{position}")
            assert value_said(board) == pytest.approx(
                float(lens.watched_probabilities[row, position, 0]), rel=1e-3, abs=1e-6
            )
            if position != (LAST if line % 2 == 0 else 0):
                board.press("ArrowRight" if line % 2 == 0 else "ArrowLeft")
        board.press("ArrowDown")


def test_what_a_head_does_is_computed_again_from_the_numbers_that_are_shown(visit):
    page = visit("/inside", text=FRANCE, view="stage", row="attention.4", position="4", head="7")
    stage = stage_of(page)
    said_of = {}
    for operation, steps in (("scores", LAST), ("weights", LAST), ("mixed", 1)):
        card = stage.locator(f"[data-operation={operation}]")
        card.locator("canvas").focus()
        for _press in range(steps):
            page.keyboard.press("ArrowRight")
        said_of[operation] = card.locator("[data-part=said]")
    expect(said_of["scores"]).to_contain_text(
        re.compile("s\\(France\\) = −2.78: .* 32 products, sum −15.7.*gives −2.78")
    )
    expect(stage.locator("[data-operation=scores]")).to_contain_text("q · k / √32")
    expect(said_of["weights"]).to_contain_text(re.compile("a\\(France\\) = 0.95: .* = 0.95"))
    expect(said_of["mixed"]).to_contain_text(re.compile(r"z\[0\] = (\S+): 0.95 · .* \(France\)"))
    first, again = re.search(r"= (\S+?): .* = (\S+?)\.$", said_of["mixed"].inner_text()).groups()
    assert first == again


def test_another_head_is_drawn_by_the_browser_and_told_late(visit):
    page = visit("/inside", text=FRANCE, view="stage", row="attention.4", position="4")
    stage = stage_of(page)
    shows(stage, head=7)
    sent = frames_sent(page)
    stage.locator("canvas[data-canvas=heads]").focus()
    page.keyboard.press("ArrowDown")
    shows(stage, head=8)
    expect(stage.locator(".sentence")).to_contain_text("Head 8 takes")
    assert sent == []
    assert parse_qs(urlsplit(page.url).query)["head"] == ["8"]
    after_reporting(page)
    assert len(sent) >= 1
    assert link_in_export(page)["head"] == "8"


def test_a_cell_of_the_swap_is_chosen_by_a_click(visit):
    page = visit(
        "/inside", text=FRANCE, view="prove", tab="swap", compare="The capital of Germany is", row="mlp.3", position="4"
    )
    expect(page.get_by_text("it still answers “Paris”")).to_be_visible()
    board_of(page).focus()
    page.keyboard.press("ArrowLeft")
    after_reporting(page)
    expect(page.get_by_text("it now answers “Berlin”")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query)["position"] == ["3"]


def test_hostile_tokens_are_text_on_the_board_and_in_the_stage(visit):
    page = visit("/inside", text=HOSTILE, view="stage", row="attention.2")
    assert page.evaluate("window.broken === undefined")
    expect(stage_of(page)).to_contain_text("Head")
    page.get_by_role("radio", name="The whole model").click()
    settle(page)
    assert board_of(page).locator("img, b").count() == 0
