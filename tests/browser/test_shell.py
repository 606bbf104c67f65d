"""What every page has from the shell, as a visitor meets it: links, language, the guided path, the Export menu."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit
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
every_concept = pytest.mark.parametrize("slug", CONCEPTS)

TEXT = "Two good words, 한글 & 🙂"


def text_box(page: Page):
    return page.locator(".st-key-text textarea, .st-key-text input")


def asked(page: Page) -> dict[str, str]:
    """Return what the address says."""
    return {name: values[0] for name, values in parse_qs(urlsplit(page.url).query).items()}


def write(page: Page, text: str) -> None:
    text_box(page).fill(text)
    text_box(page).press("Control+Enter")
    settle(page)


def test_a_link_opens_the_view_it_names(visit):
    page = visit("/tokenizer", text=TEXT, model="classroom-gpt2")
    expect(text_box(page)).to_have_value(TEXT)
    assert asked(page) == {"lang": "en", "text": TEXT, "model": "classroom-gpt2"}
    expect(page.get_by_test_id("stAlertContentWarning")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", "/tokenizer"])
def test_the_server_is_asked_once_whether_it_is_there(browser, app, path):
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).path))
    page.goto(f"{app.origin}{path}")
    settle(page)
    assert [each for each in asked if each.endswith("_stcore/health")] == ["/_stcore/health"]
    context.close()


def test_the_address_follows_what_is_changed_and_opens_it_again(visit):
    page = visit("/tokenizer")
    write(page, TEXT)
    assert asked(page)["text"] == TEXT
    page.reload()
    settle(page)
    expect(text_box(page)).to_have_value(TEXT)


def test_back_restores_what_was_there(visit):
    page = visit("/tokenizer", text="first")
    write(page, "second")
    page.go_back()
    settle(page)
    assert asked(page)["text"] == "first"
    expect(text_box(page)).to_have_value("first")


def test_leaving_a_page_and_coming_back_by_the_menu_keeps_the_view_and_its_address(visit):
    page = visit("/positional-encoding", scheme="rotary", length="24")
    for name in ("Attention viewer", "Positional encoding"):
        page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
        settle(page)
    expect(page.get_by_role("radio", name="Rotary")).to_be_checked()
    assert {name: asked(page).get(name) for name in ("scheme", "length")} == {"scheme": "rotary", "length": "24"}
    page.reload()
    settle(page)
    expect(page.get_by_role("radio", name="Rotary")).to_be_checked()
    page.go_back()
    settle(page)
    if urlsplit(page.url).path != "/attention":  # Streamlit puts page and view into the history in either order
        page.go_back()
        settle(page)
    assert urlsplit(page.url).path == "/attention"


def test_a_value_that_does_not_fit_is_noted_as_typed_until_dismissed(visit):
    typed = "_a_ **b** `c` :material/home: :smile: :red[d] $e$ <b>f</b> www.example.org"
    page = visit("/tokenizer", model=typed)
    note = page.get_by_test_id("stAlertContentWarning")
    expect(note).to_contain_text(typed[:55])
    expect(note.locator("strong, em, code, a, b, .katex")).to_have_count(0)
    page.locator(".st-key-dismiss_link_notes button").click()
    settle(page)
    expect(note).to_have_count(0)


def test_the_language_is_switched_on_the_spot_and_stays(visit):
    page = visit("/tokenizer", lang=None, text=TEXT)
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


@pytest.mark.parametrize(
    ("address", "chosen", "names"),
    [
        (
            "/tokenizer?model=classroom-e5-ko",
            ".st-key-model input",
            ("Classroom E5 (Korean and English)", "수업용 E5(한국어·영어)"),
        ),
        ("/catalog?view=cards&status=ended", ".st-key-status input", ("Ended", "종료")),
        ("/catalog?view=parameters&config=classroom-gpt2", ".st-key-config input", ("Classroom GPT-2", "수업용 GPT-2")),
        ("/inside?step=explore&view=stage&row=mlp.4", ".st-key-inside_row input", ("L4 MLP", "4층 MLP")),
        ("/tokenizer?tab=compare&compare=classroom-bert,classroom-e5-ko", "", None),
    ],
)
def test_what_is_chosen_stays_chosen_in_the_other_language(visit, address, chosen, names):
    """A browser names an option by its label; one that the other language says otherwise is still the same choice."""
    path, _question, query = address.partition("?")
    page = visit(path, lang="en", **dict(parse_qsl(query)))
    for language, place in (("한국어", 1), ("English", 0), ("한국어", 1)):
        page.get_by_role("radio", name=language).click()
        settle(page)
        if names is not None:
            expect(page.locator(chosen)).to_have_value(names[place])
        assert parse_qsl(query)[-1] in asked(page).items()


@pytest.mark.parametrize(("prefers", "title"), [("ko-KR", None), ("de-DE", "Tokenizer explorer")])
def test_without_a_word_the_browsers_language_is_spoken(visit, prefers, title):
    page = visit("/tokenizer", lang=None, browser_language=prefers)
    with use("ko"):
        expect(page.locator("h1")).to_have_text(title or _("Tokenizer explorer"))


def open_menu(page: Page) -> None:
    page.locator(".st-key-export button").first.click()
    settle(page)


def download(page: Page, entry: str) -> tuple[str, str]:
    """Press an entry of the Export menu; return the file's name and text."""
    with page.expect_download() as arriving:
        page.locator(f".st-key-{entry} button").click()
    path = arriving.value.path()
    return arriving.value.suggested_filename, Path(path).read_text(encoding="utf-8")


@every_concept
def test_the_menu_hands_out_five_things_of_which_the_link_reopens_the_view(visit, slug):
    page = visit(f"/{slug}", lang="ko", **dict(parse_qsl(entry_of(slug).picture)))  # a view with a figure
    open_menu(page)
    for entry in ("link", "data", "notebook", "script", "figure"):
        expect(page.locator(f".st-key-export_{entry}")).to_be_visible()

    name, data = download(page, "export_data")
    document = json.loads(data)
    assert name == f"{slug}.json"
    assert list(document) == ["page", "version", "params", "model", "result"]
    assert document["page"] == slug
    assert document["result"]

    name, script = download(page, "export_script")
    assert name == f"{slug}.py"
    compile(script, name, "exec")
    assert "result = " in script

    name, notebook = download(page, "export_notebook")
    assert name == f"{slug}.ipynb"
    nbformat.validate(nbformat.reads(notebook, as_version=4))

    name, figure = download(page, "export_figure")
    assert name == f"{slug}.svg"
    picture = ElementTree.fromstring(figure)
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(list(picture.iter())) > 20

    link = urlsplit(page.locator(".st-key-export_link code").inner_text())
    values = {name: value[0] for name, value in parse_qs(link.query, keep_blank_values=True).items()}
    assert link.path == f"/{slug}"
    assert values["lang"] == "ko"
    assert len(values) > 1
    reopened = visit(link.path, **values)
    expect(reopened.get_by_test_id("stAlertContentWarning")).to_have_count(0)
    open_menu(reopened)
    assert json.loads(download(reopened, "export_data")[1]) == document


def test_the_menu_is_reached_with_the_keyboard(visit):
    page = visit("/tokenizer")
    page.locator(".st-key-export button").first.focus()
    page.keyboard.press("Enter")
    settle(page)
    tab_order.walk(page)
    assert [control for control in tab_order.missed(page) if re.search("JSON|ipynb|py|SVG", control)] == []


@pytest.mark.parametrize("path", ["/", "/attention"])
def test_the_code_of_what_is_sure_to_come_is_loaded_before_the_server_has_sent_anything(visit, path):
    page = visit(path)
    elements = html_pages.ON_EVERY_PAGE + (() if path == "/" else html_pages.ON_OTHER_PAGES)
    waiting = page.context.new_page()
    waiting.route_web_socket("**/_stcore/stream", lambda _socket: None)
    waiting.goto(page.url)
    waiting.wait_for_function("document.readyState === 'complete'")
    waiting.wait_for_function("elementsLoadedEarly.every(({ _payload }) => _payload._status === 1)")
    assert waiting.evaluate("elementsLoadedEarly.length") == len(elements)
    assert waiting.get_by_test_id("stSidebarNavLink").count() == 0
