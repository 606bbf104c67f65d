"""What goes wrong while students are on, as they see it in Chromium."""

from __future__ import annotations

import re
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser import chromium
from tests.browser.chromium import settle
from tests.browser.serving import free_port, serving
from tests.browser.visitor import Visitor

LEFT_ALONE = "() => document.querySelector('[data-testid=stApp]').dataset.testConnectionState !== 'CONNECTED'"
RUNS = "() => document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'running'"
TEXT = "The doctor read the letter because it was important."


def test_after_a_restart_of_the_server_students_go_on_where_they_were(browser, tmp_path):
    """The open page comes back by itself with what was typed and set.

    The first click makes the new server read the address, which is the view as it was; it moves nothing yet.
    """
    port = free_port()
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    with serving(tmp_path / "first", port=port) as server:
        page = Visitor(browser, server)("/attention", layer="2")
        text = page.get_by_label("Text", exact=True)
        text.fill(TEXT)
        text.press("Control+Enter")
        settle(page)
        head = page.get_by_role("slider", name="Head")
        head.press("ArrowRight")
        settle(page)
        expect(page.get_by_text("Layer 2, head 1:")).to_be_visible()
        address = page.url
    page.wait_for_function(LEFT_ALONE)
    expect(text).to_have_value(TEXT)
    with serving(tmp_path / "second", port=port) as server:
        settle(page)
        assert page.url == address
        expect(page.get_by_text("Layer 2, head 1:")).to_be_visible()
        head.press("ArrowRight")
        page.wait_for_function(RUNS)
        settle(page)
        assert page.url == address
        head.press("ArrowRight")
        page.wait_for_url(lambda url: url == address.replace("head=1", "head=2"))
        settle(page)
        expect(page.get_by_text("Layer 2, head 2:")).to_be_visible()
        expect(text).to_have_value(TEXT)
        expect(page.locator(".st-key-attention_chips")).to_contain_text("doctor")
        assert "Traceback" not in server.log.read_text()
        page.context.close()


@pytest.mark.real_model
def test_two_fast_clicks_are_one_run(browser, tmp_path):
    with serving(tmp_path, variables={"DASHBOARD_METRICS": "on"}) as server:
        visit = Visitor(browser, server)
        page = visit("/generation", max_new_tokens="12", prompt="This movie was")
        page.get_by_role("button", name="Generate").dblclick()
        settle(page)
        expect(page.locator(".heat .token")).to_have_count(12)
        with urllib.request.urlopen(f"{server.origin}/metrics", timeout=chromium.FINISHED_WITHIN_MS / 1000) as answer:
            counted = re.findall(r"^dashboard_generation_runs_total{.*} (\S+)$", answer.read().decode(), re.MULTILINE)
        assert [float(number) for number in counted] == [1.0]
        assert visit.faults() == []
        visit.leave()
