"""What goes wrong while students are on, as they see it in Chromium."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from components.ui.guide.lesson import lesson
from tests.browser import chromium
from tests.browser.attention import leave_view, link_in_export
from tests.browser.chromium import settle
from tests.browser.serving import free_port, serving
from tests.browser.visitor import Visitor
from tests.unit.tokenizer.hostile import GROWING

LEFT_ALONE = "() => document.querySelector('[data-testid=stApp]').dataset.testConnectionState !== 'CONNECTED'"
STOPPED_WITHIN_MS = 60_000
EXERCISE = str(len(lesson("tokenizer", "en").cards) - 2)
TEXT = "The doctor read the letter because it was important."
WORD = "A word that BERT splits and GPT-2 does not"
OWN, BOX, USE = "내 tokenizer.json 쓰기", "또는 내용 붙여 넣기", "붙여 넣은 내용 사용하기"
STOPPED = "멈췄어요: 이 토크나이저"


@dataclass
class Student:
    """Somebody who has a page open while the server is restarted, and goes on as if nothing had been."""

    opens: Callable[[Visitor], Page]
    goes_on: Callable[[Page], None]


def opens_attention(visit):
    page = visit("/attention", layer="2")
    text = page.get_by_label("Text", exact=True)
    text.fill(TEXT)
    text.press("Control+Enter")
    settle(page)
    page.get_by_role("slider", name="Head").press("ArrowRight")  # the server has not been told of it yet
    return settle(page)


def goes_on_with_another_head(page):
    """What was typed and set is there, and the first click counts."""
    assert "layer=2" in page.url
    assert "head=2" in page.url
    head, address = page.get_by_role("slider", name="Head"), page.url
    said = page.get_by_test_id("tensor-view").locator("[data-part=readout]")
    expect(said).to_contain_text("Layer 2, head 2 ")
    assert link_in_export(page)["head"] == "2"
    head.press("ArrowRight")
    expect(said).to_contain_text("Layer 2, head 3 ")
    assert sorted(re.split("[?&]", page.url)) == sorted(re.split("[?&]", address.replace("head=2", "head=3")))
    leave_view(page)
    assert sorted(re.split("[?&]", page.url)) == sorted(re.split("[?&]", address.replace("head=2", "head=3")))
    expect(head).to_have_value("3")
    head.press("ArrowRight")
    expect(said).to_contain_text("Layer 2, head 4 ")
    expect(page.get_by_label("Text", exact=True)).to_have_value(TEXT)
    expect(page.get_by_test_id("tensor-view").locator(".text")).to_contain_text("doctor")


def opens_generation(visit):
    page = visit("/generation", max_new_tokens="12", prompt="This movie was")
    page.get_by_role("slider", name="Temperature").press("ArrowRight")
    return settle(page)


def goes_on_with_a_double_click(page):
    page.get_by_role("button", name="Generate").dblclick(delay=50)
    settle(page)
    expect(page.locator(".heat .token")).to_have_count(12)
    assert "temperature=0.85" in page.url


def goes_on_in_another_language(page):
    page.get_by_role("radio", name="한국어").click()
    expect(page.locator("h1")).to_have_text("토크나이저 살펴보기")
    settle(page)
    assert ("lang=ko" in page.url, "tab=numbers" in page.url) == (True, True)


def goes_on_to_another_page(page):
    page.get_by_role("link", name="For teachers").click()
    expect(page.locator("h1")).to_have_text("For teachers")


def opens_exercise(visit):
    page = visit("/tokenizer", text="I read a good novel.", step=EXERCISE)
    page.get_by_label(WORD).fill("unbelievably")
    return page


def goes_on_in_a_fragment(page):
    page.get_by_label(WORD).press("Enter")
    expect(page.get_by_text("GPT-2, with the space before it:")).to_be_visible()
    expect(page.get_by_label("Text", exact=True)).to_have_value("I read a good novel.")


def pastes_a_tokenizer_that_is_too_much(visit):
    page = visit("/tokenizer", lang="ko", text="a novel")
    page.get_by_role("button", name=OWN).click()
    page.get_by_label(BOX).fill(GROWING)
    page.get_by_role("button", name=USE).click()
    expect(page.get_by_text(STOPPED)).to_be_visible(timeout=STOPPED_WITHIN_MS)
    return page


def has_to_click_before_it_is_read_again(page):
    page.keyboard.press("Escape")
    page.get_by_role("radiogroup", name="화면").get_by_role("radio").nth(1).click()  # sends what all boxes hold
    expect(page.get_by_text(STOPPED)).to_have_count(0)
    settle(page)
    page.get_by_role("button", name=OWN).click()
    expect(page.get_by_label(BOX)).to_have_value(GROWING)
    page.get_by_role("button", name=USE).click()
    expect(page.get_by_text(STOPPED)).to_be_visible(timeout=STOPPED_WITHIN_MS)


STUDENTS = (
    Student(opens_attention, goes_on_with_another_head),
    Student(lambda visit: visit("/attention", layer="2"), goes_on_to_another_page),
    Student(opens_generation, goes_on_with_a_double_click),
    Student(lambda visit: visit("/tokenizer", tab="numbers"), goes_on_in_another_language),
    Student(opens_exercise, goes_on_in_a_fragment),
    Student(pastes_a_tokenizer_that_is_too_much, has_to_click_before_it_is_read_again),
)


@pytest.mark.real_model
def test_after_a_restart_of_the_server_students_go_on_where_they_were(tabs, tmp_path):
    """The open pages come back by themselves, and the first click counts, whatever it is; a double click is one."""
    port = free_port()
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with serving(tmp_path / "first", port=port) as server:
        visit = Visitor(tabs, server)
        pages = [student.opens(visit) for student in STUDENTS]
        assert visit.faults() == []
    for page in pages:
        page.wait_for_function(LEFT_ALONE)
    # the view tells its head now, which reaches nobody; a click would wait for Streamlit's box over the page to go
    pages[0].locator("h1").dispatch_event("pointerdown")
    with serving(tmp_path / "second", port=port, variables={"DASHBOARD_METRICS": "on"}) as server:
        for page in pages:
            settle(page)
        for student, page in zip(STUDENTS, pages, strict=True):
            student.goes_on(page)
        visit.leave()
        assert "Traceback" not in server.log.read_text()
        with urllib.request.urlopen(f"{server.origin}/metrics", timeout=chromium.FINISHED_WITHIN_MS / 1000) as answer:
            counted = re.findall(r"^dashboard_generation_runs_total{.*} (\S+)$", answer.read().decode(), re.MULTILINE)
        assert [float(number) for number in counted] == [1.0]
