"""What goes wrong while students are on, as they see it in Chromium."""

from __future__ import annotations

import re
import urllib.request
from contextlib import ExitStack

import pytest
from playwright.sync_api import expect

from components.ui.guide.lesson import lesson
from tests.browser import chromium
from tests.browser.chromium import settle
from tests.browser.serving import free_port, serving
from tests.browser.visitor import Visitor
from tests.unit.tokenizer.hostile import GROWING

LEFT_ALONE = "() => document.querySelector('[data-testid=stApp]').dataset.testConnectionState !== 'CONNECTED'"
STOPPED_WITHIN_MS = 60_000
TOLD_AFTER_MS = 800  # the server hears of another head 600 ms after the last move
EXERCISE = str(len(lesson("tokenizer", "en").cards) - 2)
TEXT = "The doctor read the letter because it was important."


@pytest.fixture
def restarted(tabs, tmp_path):
    """Open tabs, restart their server, and give them back: `restarted(lambda visit: [visit("/attention"), …])`."""
    port = free_port()
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with ExitStack() as at_the_end:

        def restarted(opened):
            with serving(tmp_path / "first", port=port) as server:
                pages = opened(Visitor(tabs, server))
            for page in pages:
                page.wait_for_function(LEFT_ALONE)
            at_the_end.enter_context(serving(tmp_path / "second", port=port))
            for page in pages:
                at_the_end.callback(page.context.close)
            return [settle(page) for page in pages]

        yield restarted
        assert "Traceback" not in (tmp_path / "second" / "server.log").read_text()


def test_after_a_restart_of_the_server_students_go_on_where_they_were(restarted):
    """The open page comes back by itself with what was typed and set, and the first click counts."""

    def attention(visit):
        page = visit("/attention", layer="2")
        text = page.get_by_label("Text", exact=True)
        text.fill(TEXT)
        text.press("Control+Enter")
        settle(page)
        page.get_by_role("slider", name="Head").press("ArrowRight")
        page.wait_for_timeout(TOLD_AFTER_MS)
        settle(page)
        return [page]

    [page] = restarted(attention)
    assert "layer=2" in page.url
    assert "head=2" in page.url
    head, address = page.get_by_role("slider", name="Head"), page.url
    said = page.get_by_test_id("tensor-view").locator("[data-part=readout]")
    expect(said).to_contain_text("Layer 2, head 2 ")
    head.press("ArrowRight")
    expect(said).to_contain_text("Layer 2, head 3 ")
    assert sorted(re.split("[?&]", page.url)) == sorted(re.split("[?&]", address.replace("head=2", "head=3")))
    page.wait_for_timeout(TOLD_AFTER_MS)
    settle(page)
    assert sorted(re.split("[?&]", page.url)) == sorted(re.split("[?&]", address.replace("head=2", "head=3")))
    expect(head).to_have_value("3")
    head.press("ArrowRight")
    expect(said).to_contain_text("Layer 2, head 4 ")
    expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    expect(page.get_by_test_id("tensor-view").locator(".text")).to_contain_text("doctor")


@pytest.mark.real_model
def test_after_a_restart_the_first_click_counts_whatever_it_is(restarted):
    def opened(visit):
        button = visit("/generation", max_new_tokens="5", prompt="This movie was")
        button.get_by_role("slider", name="Temperature").press("ArrowRight")
        settle(button)
        language = visit("/positional-encoding", scheme="rotary")
        menu = visit("/attention", layer="2")
        fragment = visit("/tokenizer", text="I read a good novel.", step=EXERCISE)
        word = fragment.get_by_label("A word that BERT splits and GPT-2 does not")
        word.fill("unbelievably")
        return [button, language, menu, fragment]

    button, language, menu, fragment = restarted(opened)

    button.get_by_role("button", name="Generate").click()
    expect(button.locator(".heat .token")).to_have_count(5)
    assert "temperature=0.85" in button.url

    language.get_by_role("radio", name="한국어").click()
    expect(language.locator("h1")).to_have_text("위치 인코딩")
    settle(language)
    assert ("lang=ko" in language.url, "scheme=rotary" in language.url) == (True, True)

    menu.get_by_role("link", name="Embeddings").click()
    expect(menu.locator("h1")).to_have_text("Embeddings")

    fragment.get_by_label("A word that BERT splits and GPT-2 does not").press("Enter")
    expect(fragment.get_by_text("GPT-2, with the space before it:")).to_be_visible()
    expect(fragment.get_by_label("Text", exact=True)).to_have_value("I read a good novel.")


def test_a_pasted_tokenizer_that_is_too_much_is_stopped_and_after_a_restart_waits_for_a_click(restarted, shot):
    own, box, use = "내 tokenizer.json 쓰기", "또는 내용 붙여 넣기", "붙여 넣은 내용 사용하기"
    stopped = "멈췄어요: 이 토크나이저"

    def tokenizer(visit):
        page = visit("/tokenizer", lang="ko", text="a novel")
        page.get_by_role("button", name=own).click()
        page.get_by_label(box).fill(GROWING)
        page.get_by_role("button", name=use).click()
        expect(page.get_by_text(stopped)).to_be_visible(timeout=STOPPED_WITHIN_MS)
        shot(page, "tokenizer-stopped")
        return [page]

    [page] = restarted(tokenizer)
    page.keyboard.press("Escape")
    page.get_by_role("radiogroup", name="화면").get_by_role("radio").nth(1).click()  # sends what all boxes hold
    expect(page.get_by_text(stopped)).to_have_count(0)
    settle(page)
    page.get_by_role("button", name=own).click()
    expect(page.get_by_label(box)).to_have_value(GROWING)
    page.get_by_role("button", name=use).click()
    expect(page.get_by_text(stopped)).to_be_visible(timeout=STOPPED_WITHIN_MS)


@pytest.mark.real_model
def test_two_fast_clicks_are_one_run(tabs, tmp_path):
    with serving(tmp_path, variables={"DASHBOARD_METRICS": "on"}) as server:
        visit = Visitor(tabs, server)
        page = visit("/generation", max_new_tokens="12", prompt="This movie was")
        page.get_by_role("button", name="Generate").dblclick()
        settle(page)
        expect(page.locator(".heat .token")).to_have_count(12)
        with urllib.request.urlopen(f"{server.origin}/metrics", timeout=chromium.FINISHED_WITHIN_MS / 1000) as answer:
            counted = re.findall(r"^dashboard_generation_runs_total{.*} (\S+)$", answer.read().decode(), re.MULTILINE)
        assert [float(number) for number in counted] == [1.0]
        assert visit.faults() == []
        visit.leave()
