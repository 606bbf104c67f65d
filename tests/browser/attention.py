"""What the tests of the attention page share: its view, what it shows, and what it has to show."""

from __future__ import annotations

import re
from functools import cache
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import expect

from components.attention.capture import capture
from components.models import loaders
from components.models.registry import DEFAULT_ENCODER, record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer
from tests.browser.chromium import settle

SENTENCE = "The cat sat on the mat because it was tired."
LONG = " ".join([SENTENCE] * 5)
HOSTILE = "</script><img src=x onerror=window.top.broken=1> <b>bold</b> [x](javascript:alert(1))"
REPORTED_AFTER_MS = 600
"""As in the tensor view's frontend/src/reporter.ts."""
MODES = {"text": "Text", "one": "Heatmap", "layer": "Layer", "all": "All heads"}
IT = 8


@cache
def captured(text):
    """Return what the page has to show, `[layer, head, query, key]`, captured here and not by its server."""
    found = record(DEFAULT_ENCODER)
    folder = local_folder(found)
    loaded = loaders.load_masked_lm(found, folder, tokenizer=SharedTokenizer(load_tokenizer(folder)))
    return capture(loaded, text).main.weights


def view_of(page):
    view = page.get_by_test_id("tensor-view").first
    expect(view).to_have_attribute("data-layer", re.compile(r"\d"))
    return view


def shows(view, **data):
    for name, value in data.items():
        expect(view).to_have_attribute(f"data-{name}", str(value))


def row_in_table(view):
    """Return the numbers of the pinned row as the browser has them."""
    if view.locator("details.numbers").get_attribute("open") is None:
        view.locator("details.numbers summary").click()
    expect(view.locator("details.numbers td").first).to_be_attached()  # it is filled once it is open
    return view.locator("details.numbers td").evaluate_all("cells => cells.map(cell => Number(cell.dataset.value))")


def frames_sent(page):
    """Return a list that gets an entry for each message to the server from now on."""
    sent = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.webSocketFrameSent", lambda frame: sent.append(frame["response"]["payloadData"]))
    return sent


def link_in_export(page):
    page.locator(".st-key-export button").first.click()
    settle(page)
    found = parse_qs(urlsplit(page.locator(".st-key-export_link code").first.inner_text()).query)
    page.keyboard.press("Escape")
    return {name: values[0] for name, values in found.items()}


def after_reporting(page):
    """Wait until a view that reports its selection at rest has done so."""
    page.wait_for_timeout(REPORTED_AFTER_MS + 200)
    return settle(page)


def leave_view(page):
    """Turn to the text, so that the server is told what is selected."""
    page.get_by_label("Text", exact=True).focus()
    return settle(page)
