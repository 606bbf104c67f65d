"""The fine-tuning page in Chromium, without a network: to the end, stopped in the middle, left alone, on a phone."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

from tests.browser.chromium import resize, settle
from tests.browser.visitor import HEIGHT_PX

ADDRESS = "/fine-tuning"
SHORT = {"count": "32", "epochs": "2"}
LONG = {"count": "64", "epochs": "20"}


def train(page: Page) -> None:
    page.get_by_role("button", name="Train", exact=True).click()


def progress(page: Page) -> object:
    return page.locator('[data-testid="stProgress"]')


def test_a_stop_ends_it_and_shows_what_was_reached(visit):
    page = visit(ADDRESS, view="curves", **LONG)
    train(page)
    expect(progress(page)).to_contain_text(re.compile(r"Step \d+ of 80"))
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile(r"Stopped after \d+ of 80 steps"))).to_be_visible()
    settle(page)
    expect(page.locator(".st-key-fine_tuning_curves .js-plotly-plot")).to_be_visible()
    expect(progress(page)).to_be_hidden()


def test_a_closed_tab_ends_its_training_and_the_next_in_line_trains_to_the_end_and_takes_it_home(visit, shot):
    first = visit(ADDRESS, **LONG)
    train(first)
    expect(progress(first)).to_contain_text(re.compile(r"Step \d+ of 80"))
    second = visit(ADDRESS, view="confusion", **SHORT)
    train(second)
    expect(progress(second)).to_contain_text("1 in line")
    shot(second, "fine-tuning-waiting")
    first.close()
    expect(second.get_by_role("button", name="Train again")).to_be_visible()
    settle(second)
    expect(second.get_by_text(re.compile(r"^4 steps in \d+ seconds"))).to_be_visible()
    expect(second.locator(".st-key-fine_tuning_confusion .js-plotly-plot")).to_be_visible()
    second.get_by_role("button", name="Export").click()
    with second.expect_download() as started:
        second.locator(".st-key-export_data button").click()
    training = json.loads(started.value.path().read_text("utf-8"))["result"]["training"]
    assert (training["steps_done"], training["steps"]) == (4, 4)
    with second.expect_download() as figure:
        second.locator(".st-key-export_figure button").click()
    assert "<svg" in figure.value.path().read_text("utf-8")
    second.keyboard.press("Escape")

    resize(second, 390, HEIGHT_PX)
    visit.move(second, ADDRESS, lang="ko", view="map", **SHORT)  # what was trained is found again
    expect(second.locator(".st-key-fine_tuning_map .js-plotly-plot")).to_be_visible()
    assert not second.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    shot(second, "fine-tuning-map")


def test_a_file_of_ones_own_is_read_and_a_bad_row_is_named(visit):
    page = visit(ADDRESS, data="own", view="examples")
    field = page.locator(".st-key-examples textarea")
    rows = "\n".join(f"bring tea {n},order\nwhere is the tea {n},question" for n in range(4))
    upload = page.locator('[data-testid="stFileUploader"] input[type="file"]')
    upload.set_input_files({"name": "own.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    expect(field).to_have_value(rows)
    settle(page)
    expect(page.get_by_text("4 texts to learn from, 4 held out")).to_be_visible()
    field.fill(rows + "\nno label")
    field.press("Control+Enter")
    expect(page.get_by_text("Columns in row 9: 1.")).to_be_visible()
