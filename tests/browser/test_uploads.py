"""What an uploader shows when the server has no room for a file."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.chromium import FINISHED_WITHIN_MS
from tests.browser.serving import serving
from tests.browser.visitor import Visitor
from tests.services.small_uploads import FILE_BYTES


def test_an_uploader_says_that_there_is_no_room(tabs, tmp_path):
    file = tmp_path / "tokenizer.json"
    file.write_bytes(b" " * FILE_BYTES)

    def uploader(visitor):
        page = visitor("/tokenizer")
        page.get_by_role("button", name="Your own tokenizer.json").click()
        return page.get_by_test_id("stFileUploader")

    with serving(tmp_path, command=("-m", "tests.services.small_uploads")) as server:
        first, second = Visitor(tabs, server), Visitor(tabs, server)
        taken = uploader(first)
        taken.locator("input").set_input_files(file)
        expect(taken.get_by_role("button", name="Remove tokenizer.json")).to_be_visible(timeout=FINISHED_WITHIN_MS)
        refused = uploader(second)
        refused.locator("input").set_input_files(file)
        expect(refused).to_contain_text("No file can be uploaded now", timeout=FINISHED_WITHIN_MS)
        for visitor in (first, second):
            visitor.leave()
