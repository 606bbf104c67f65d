"""The waiting and the tabs behind every test here: too short a wait, or a tab with something left in it, would lie."""

from __future__ import annotations

import os
import signal
import threading

import pytest
from playwright.sync_api import Error, expect

from tests.browser.chromium import settle
from tests.browser.tabs import Tabs
from tests.browser.visitor import Visitor

LIGHT = "/_stcore/health"
"""An address of the app where nothing has to be drawn."""


def test_it_waits_for_a_server_that_is_slow_to_begin(visit, app):
    page = visit("/attention", view="head", layer="0", head="0")
    os.kill(app.pid, signal.SIGSTOP)
    going_on = threading.Timer(1.5, os.kill, (app.pid, signal.SIGCONT))
    going_on.start()
    try:
        page.get_by_role("slider", name="Layer").press("ArrowRight")
        settle(page)
        assert "layer=1" in page.url
        assert page.frame_locator("iframe").first.locator("#layer option").text_content() == "1"
    finally:
        going_on.join()


def test_a_tab_that_was_used_is_as_a_new_one(browser, app):
    visitor = Visitor(Tabs(browser), app)
    page = visitor(LIGHT, wait=False, theme="dark", width=390)
    page.context.add_cookies([{"name": "left", "value": "behind", "url": app.origin}])
    page.evaluate("localStorage.left = sessionStorage.left = window.left = 'behind'")
    page.emulate_media(media="print", reduced_motion="no-preference", forced_colors="active", contrast="more")
    with page.expect_popup():
        page.evaluate(f"open('{LIGHT}')")
    visitor.leave()

    again = visitor(LIGHT, wait=False)
    assert again is page
    assert again.context.pages == [again]
    assert [cookie for cookie in again.context.cookies() if cookie["name"] == "left"] == []
    assert again.evaluate("[localStorage.left, sessionStorage.left, window.left]") == [None, None, None]
    media = ("print", "(prefers-color-scheme: dark)", "(forced-colors: active)", "(prefers-contrast: more)")
    assert again.evaluate("media => media.map((each) => matchMedia(each).matches)", media) == [False] * len(media)
    assert again.evaluate("[innerWidth, matchMedia('(prefers-reduced-motion: reduce)').matches]") == [1440, True]
    with pytest.raises(Error, match="crash"):
        again.goto("chrome://crash")
    visitor.leave()

    new = visitor("/tokenizer")
    assert new is not page
    expect(new.locator("h1")).to_have_text("Tokenizer explorer")
    visitor.leave()
