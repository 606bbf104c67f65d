"""What a team remembers, in Chromium: one writes in one session and finds it in another, shares it, deletes it."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import settle

pytestmark = pytest.mark.real_model

HOSTILE = "<img src=x onerror=window.top.broken=1> [x](javascript:alert(1)) 옛날 옛적에"


def open_tab(page: Page, name: str) -> Page:
    page.get_by_role("tab", name=name).click()
    return settle(page)


def test_history_outlives_the_session_is_shared_and_deleted_for_good(people, team):
    page = people.signed_in("writer", "/generation", prompt=HOSTILE, max_new_tokens="5")
    page.get_by_role("button", name="Generate").click()
    settle(page)
    expect(page.locator(".heat .token").first).to_be_visible()
    page.locator(".st-key-export button").first.click()
    page.locator(".st-key-export_short_link button").click()
    settle(page)
    short = page.locator(".st-key-export_link code").last.inner_text().strip()
    assert re.fullmatch(rf"{re.escape(team.origin)}/\?s=[\w-]{{16}}", short)
    page.context.close()

    other = people.signed_in("writer", "/my-data")
    expect(other.get_by_text("Texts: 1.")).to_be_visible()
    assert other.evaluate("window.broken") is None

    reader = people.choose(people(f"/?{urlsplit(short).query}", lang=None), "mina")
    expect(reader.locator(".st-key-prompt textarea")).to_have_value(HOSTILE)
    assert urlsplit(reader.url).path == "/generation"

    open_tab(other, "Download or delete")
    expect(other.locator(".st-key-my_data_delete button")).to_be_disabled()
    with other.expect_download() as taken:
        other.locator(".st-key-my_data_download button").click()
    assert "옛날 옛적에" in taken.value.path().read_text("utf-8")
    settle(other)
    other.get_by_text("I want everything about me deleted.").click()
    settle(other)
    other.locator(".st-key-my_data_delete button").click()
    settle(other)
    expect(other.get_by_text("Everything about you was deleted.")).to_be_visible()
    open_tab(other, "History")
    expect(other.get_by_text("stay here for your next visit")).to_be_visible()

    late = people.signed_in("mina", f"/?{urlsplit(short).query}", lang=None)
    expect(late.get_by_text("has expired, or was revoked")).to_be_visible()
