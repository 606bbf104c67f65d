"""What every page has from the shell, as a visitor meets it: links, language, the guided path, the Export menu."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from xml.etree import ElementTree

import nbformat
import pytest
from playwright.sync_api import Page, expect

from components.core.i18n import _, use
from components.registry import PAGES
from components.registry import page as entry_of
from components.server import html_pages
from tests.browser import tab_order
from tests.browser.chromium import settle

CONCEPTS = [entry.slug for entry in PAGES if entry.concept]

TEXT = "Two good words, 한글 & 🙂"


def text_box(page: Page):
    return page.locator(".st-key-text textarea, .st-key-text input")


def asked(page: Page) -> dict[str, str]:
    """Return what the address says."""
    return dict(parse_qsl(urlsplit(page.url).query))


def write(page: Page, text: str) -> None:
    text_box(page).fill(text)
    text_box(page).press("Control+Enter")
    settle(page)


def test_a_link_opens_its_view_the_address_follows_what_is_changed_and_back_restores_it(visit):
    page = visit("/tokenizer", text=TEXT, model="classroom-gpt2")
    expect(text_box(page)).to_have_value(TEXT)
    assert asked(page) == {"lang": "en", "text": TEXT, "model": "classroom-gpt2"}
    expect(page.get_by_test_id("stAlertContentWarning")).to_have_count(0)
    write(page, "second")
    assert asked(page)["text"] == "second"
    page.go_back()
    settle(page)
    assert asked(page)["text"] == TEXT
    expect(text_box(page)).to_have_value(TEXT)
    write(page, "third")
    page.reload()
    settle(page)
    expect(text_box(page)).to_have_value("third")


def test_leaving_a_page_and_coming_back_by_the_menu_keeps_the_view_and_its_address(visit):
    page = visit("/positional-encoding", scheme="rotary", length="24")
    for name in ("Tokenizer explorer", "Positional encoding"):
        page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
        settle(page)
    expect(page.get_by_role("radio", name="Rotary")).to_be_checked()
    assert {name: asked(page).get(name) for name in ("scheme", "length")} == {"scheme": "rotary", "length": "24"}
    page.reload()
    settle(page)
    expect(page.get_by_role("radio", name="Rotary")).to_be_checked()
    page.go_back()
    settle(page)
    if urlsplit(page.url).path != "/tokenizer":  # Streamlit puts page and view into the history in either order
        page.go_back()
        settle(page)
    assert urlsplit(page.url).path == "/tokenizer"


def test_a_value_that_does_not_fit_is_noted_as_typed_until_dismissed(visit):
    typed = "_a_ **b** `c` :material/home: :smile: :red[d] $e$ <b>f</b> www.example.org"
    page = visit("/tokenizer", model=typed)
    note = page.get_by_test_id("stAlertContentWarning")
    expect(note).to_contain_text(typed[:55])
    expect(note.locator("strong, em, code, a, b, .katex")).to_have_count(0)
    page.locator(".st-key-dismiss_link_notes button").click()
    settle(page)
    expect(note).to_have_count(0)


def test_a_browser_without_a_language_of_ours_gets_english_which_is_switched_on_the_spot_and_stays(visit):
    page = visit("/tokenizer", lang=None, browser_language="de-DE", text=TEXT)
    expect(page.locator("h1")).to_have_text("Tokenizer explorer")
    page.get_by_role("radio", name="한국어").click()
    settle(page)
    with use("ko"):
        expect(page.locator("h1")).to_have_text(_("Tokenizer explorer"))
        assert asked(page)["lang"] == "ko"
        expect(text_box(page)).to_have_value(TEXT)
        page.get_by_test_id("stSidebarNavLink").filter(has_text=_("Positional encoding")).click()
        settle(page)
        expect(page.locator("h1")).to_have_text(_("Positional encoding"))


def test_what_is_chosen_stays_chosen_in_the_other_language(visit):
    """A browser names an option by its label; one that the other language says otherwise is still the same choice."""
    page = visit("/")
    for path, link, chosen, labels in (
        (
            "/tokenizer",
            {"model": "classroom-e5-ko"},
            ".st-key-model input",
            ("Classroom E5 (Korean and English)", "수업용 E5(한국어·영어)"),
        ),
        ("/tokenizer", {"tab": "compare", "compare": "classroom-bert,classroom-e5-ko"}, "", None),
        ("/catalog", {"view": "cards", "status": "ended"}, ".st-key-status input", ("Ended", "종료")),
        (
            "/catalog",
            {"view": "parameters", "config": "classroom-gpt2"},
            ".st-key-config input",
            ("Classroom GPT-2", "수업용 GPT-2"),
        ),
        (
            "/inside",
            {"step": "explore", "view": "stage", "row": "mlp.4"},
            ".st-key-inside_row input",
            ("L4 MLP", "4층 MLP"),
        ),
    ):
        visit.move(page, path, lang="en", **link)
        for language, place in (("한국어", 1), ("English", 0)):
            page.get_by_role("radio", name=language).click()
            settle(page)
            if labels is not None:
                expect(page.locator(chosen)).to_have_value(labels[place])
            assert link.items() <= asked(page).items()


def open_menu(page: Page) -> None:
    page.locator(".st-key-export button").first.click()
    settle(page)


def download(page: Page, entry: str) -> tuple[str, str]:
    """Press an entry of the Export menu; return the file's name and text."""
    with page.expect_download() as arriving:
        page.locator(f".st-key-{entry} button").click()
    path = arriving.value.path()
    return arriving.value.suggested_filename, Path(path).read_text(encoding="utf-8")


def test_the_menu_is_reached_by_keyboard_and_hands_out_five_things_of_which_the_link_reopens_the_view(visit):
    page = visit("/tokenizer", lang="ko")
    page.locator(".st-key-export button").first.focus()
    page.keyboard.press("Enter")
    settle(page)
    tab_order.walk(page)
    assert [control for control in tab_order.missed(page) if re.search("JSON|ipynb|py|SVG", control)] == []
    page.keyboard.press("Escape")  # the walk has scrolled it out of sight

    open_menu(page)
    name, data = download(page, "export_data")
    document = json.loads(data)
    assert name == "tokenizer.json"
    assert document["page"] == "tokenizer"
    assert document["result"]

    name, script = download(page, "export_script")
    assert name == "tokenizer.py"
    compile(script, name, "exec")
    assert "result = " in script

    name, notebook = download(page, "export_notebook")
    assert name == "tokenizer.ipynb"
    nbformat.validate(nbformat.reads(notebook, as_version=4))

    page.goto(linked(page, "tokenizer"))
    settle(page)
    expect(page.get_by_test_id("stAlertContentWarning")).to_have_count(0)
    open_menu(page)
    assert json.loads(download(page, "export_data")[1]) == document


def linked(page: Page, slug: str) -> str:
    """Return the address in the open menu, which names the view."""
    address: str = page.locator(".st-key-export_link code").inner_text()
    link = urlsplit(address)
    values = dict(parse_qsl(link.query, keep_blank_values=True))
    assert link.path == f"/{slug}"
    assert values["lang"] == "ko"
    assert len(values) > 1
    return address


def test_the_menu_of_every_page_hands_out_a_link_and_a_figure(visit):
    """What the data, script and notebook of each page hold: tests/app/test_exports.py."""
    page = visit("/", lang="ko")
    for slug in CONCEPTS:
        visit.move(page, f"/{slug}", lang="ko", **dict(parse_qsl(entry_of(slug).picture)))  # a view with a figure
        open_menu(page)
        for entry in ("link", "data", "notebook", "script", "figure"):
            expect(page.locator(f".st-key-export_{entry}")).to_be_visible()
        linked(page, slug)
        name, figure = download(page, "export_figure")
        assert name == f"{slug}.svg"
        picture = ElementTree.fromstring(figure)
        assert picture.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(list(picture.iter())) > 20, slug


@pytest.mark.parametrize("path", ["/", "/attention"])
def test_the_server_is_asked_once_and_the_code_of_what_is_sure_to_come_is_loaded_before_it_has_sent_anything(
    visit, path
):
    page = visit(path)
    requests = page.evaluate("performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)")
    assert [each for each in requests if each.endswith("_stcore/health")] == ["/_stcore/health"]
    elements = html_pages.ON_EVERY_PAGE + (() if path == "/" else html_pages.ON_OTHER_PAGES)
    waiting = page.context.new_page()
    waiting.route_web_socket("**/_stcore/stream", lambda _socket: None)
    waiting.goto(page.url)
    waiting.wait_for_function("document.readyState === 'complete'")
    waiting.wait_for_function("elementsLoadedEarly.every(({ _payload }) => _payload._status === 1)")
    assert waiting.evaluate("elementsLoadedEarly.length") == len(elements)
    assert waiting.get_by_test_id("stSidebarNavLink").count() == 0
