"""A browser that opens a page gets Streamlit's, with the server's address and what to fetch early in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.server import html_pages
from components.server.streamlit_internals.web_server import STATIC
from components.ui.fetched_script import TENSOR_VIEW, script_address


@pytest.mark.parametrize("base", ["", "team", "/a/b/"])
def test_a_page_sends_back_to_itself_without_the_slash(base):
    root = f"/{base.strip('/')}".rstrip("/")
    client = TestClient(Starlette(routes=html_pages.page_routes(["", "tokenizer"], base=base)), follow_redirects=False)
    answer = client.get(f"{root}/tokenizer/?text=a%26b&lang=ko")
    assert answer.status_code == 301
    assert answer.headers["location"] == "../tokenizer?text=a%26b&lang=ko"
    assert client.get(f"{root}/tokenizer/").headers["location"] == "../tokenizer"
    assert client.get(f"{root}/").status_code == 200


def test_the_redirect_never_leaves_the_site():
    app = Starlette(routes=html_pages.page_routes(["tokenizer"]))
    app.router.redirect_slashes = False  # Streamlit's route for files comes after these and leaves it nothing to do
    client = TestClient(app, follow_redirects=False)
    for path in ("//example.org/", "/example.org/", "/..%2f/", "/tokenizer//"):
        assert "location" not in client.get(path).headers


@pytest.mark.parametrize("is_front", [True, False])
def test_a_page_is_streamlits_and_says_first_where_the_server_is(is_front):
    page = html_pages.page_html(is_front=is_front)
    assert '<div id="root"></div>' in page
    ours = page.index("BACKEND_BASE_URL")
    assert all(ours < page.index(fetched) for fetched in ('href="', 'src="'))
    assert ('location.pathname.endsWith("/")' in page[:ours]) is is_front


@pytest.mark.parametrize("base", ["", "team", "/a/b/"])
def test_pages_are_served_under_their_names_and_no_other(base):
    root = f"/{base.strip('/')}".rstrip("/")
    client = TestClient(Starlette(routes=html_pages.page_routes(["", "tokenizer"], base=base)))
    answer = client.get(f"{root}/tokenizer")
    assert answer.text == html_pages.page_html(is_front=False)
    assert answer.headers["cache-control"] == "no-cache"
    assert client.get(f"{root}/").text == html_pages.page_html(is_front=True)
    assert client.get(f"{root}/nowhere").status_code == 404


def test_streamlit_still_reads_where_the_server_is():
    """Else the page names it for nobody."""
    scripts = Path(STATIC, "static", "js").glob("index.*.js")
    assert any(
        "window.__streamlit" in (text := each.read_text("utf-8")) and "BACKEND_BASE_URL" in text for each in scripts
    )


@pytest.mark.parametrize("is_front", [True, False])
def test_what_pages_draw_first_is_fetched_early_with_what_it_imports(is_front):
    page = html_pages.page_html(is_front=is_front)
    assert (f'href="./{script_address(TENSOR_VIEW)}"' in page) is not is_front
    elements = (*html_pages.ON_EVERY_PAGE, *(() if is_front else html_pages.ON_OTHER_PAGES))
    named = re.findall(r'href="\./static/js/([^"]+)"', page)
    assert len(named) == len(set(named))
    folder = Path(STATIC, "static", "js")
    for element in elements:
        [script] = [name for name in named if name.startswith(f"{element}.")]
        imported = re.findall(r"from\s*[`'\"]\./([^`'\"]+)[`'\"]", (folder / script).read_text("utf-8"))
        assert imported
        assert not [name for name in imported if name not in named and not name.startswith("index.")]


@pytest.mark.parametrize("is_front", [True, False])
def test_react_is_found_before_it_is_used(is_front):
    page = html_pages.page_html(is_front=is_front)
    ours = page.index("react.lazy = ")
    assert re.search(r'import \* as exported from "\./static/js/[\w.-]+\.js"', page[:ours])
    assert ours < page.index('<script type="module" crossorigin src="./static/js/index.')


def test_without_react_in_a_script_of_its_own_nothing_is_done_early(tmp_path):
    for name in ("a.js", "b.js"):
        (tmp_path / name).write_text("e.lazy=f")
    (tmp_path / "c.js").write_text("")
    assert html_pages._react(tmp_path, ["a.js", "b.js", "c.js"]) is None
    assert html_pages._react(tmp_path, ["a.js", "c.js"]) == "a.js"
    assert html_pages._react(tmp_path, ["c.js"]) is None


def test_what_a_browser_fetches_first_is_in_memory():
    files = html_pages.first_files("/team")
    assert all(path.is_file() for path in files.values())
    for is_front in (True, False):
        named = re.findall(
            r'(?:href|src)="\./([^"]+\.(?:js|css)(?:\?[^"]*)?)"', html_pages.page_html(is_front=is_front)
        )
        assert named
        assert {f"/team/{each}" for each in named} <= files.keys()


def test_an_element_that_is_gone_is_not_fetched(tmp_path):
    (tmp_path / "Html.1.js").write_text('import{a}from"./b.2.js";import"./c.3.js"')
    (tmp_path / "b.2.js").write_text('import{d}from"./Html.1.js"')
    assert html_pages.early_scripts(["Html", "Gone"], tmp_path, fetched=["c.3.js"]) == ["Html.1.js", "b.2.js"]


@pytest.mark.parametrize("page", ["<html></html>", '<meta charset="UTF-8" />'])
def test_a_page_without_a_place_for_ours_is_noticed(monkeypatch, tmp_path, page):
    (tmp_path / "index.html").write_text(page)
    monkeypatch.setattr(html_pages, "STATIC", tmp_path)
    with pytest.raises(ValueError, match="no longer has one"):
        html_pages.page_html.__wrapped__(is_front=False)
