"""The slash at the end: asked for on the front page, taken off the others without losing the query or the prefix."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.server.streamlit_internals import web_server


@pytest.mark.parametrize("base", ["", "team", "/a/b/"])
def test_a_page_sends_back_to_itself_without_the_slash(base):
    root = f"/{base.strip('/')}".rstrip("/")
    client = TestClient(Starlette(routes=web_server.slash_routes(["", "tokenizer"], base=base)), follow_redirects=False)
    answer = client.get(f"{root}/tokenizer/?text=a%26b&lang=ko")
    assert answer.status_code == 301
    assert answer.headers["location"] == "../tokenizer?text=a%26b&lang=ko"
    assert client.get(f"{root}/tokenizer/").headers["location"] == "../tokenizer"
    assert client.get(f"{root}/").status_code == 200


def test_the_redirect_never_leaves_the_site():
    client = TestClient(Starlette(routes=web_server.slash_routes(["tokenizer"])), follow_redirects=False)
    for path in ("//example.org/", "/example.org/", "/..%2f/", "/tokenizer//"):
        assert "location" not in client.get(path).headers


def test_the_front_page_is_streamlits_and_asks_before_it_fetches():
    page = web_server.front_page()
    assert '<div id="root"></div>' in page
    asks = page.index('location.pathname.endsWith("/")')
    assert all(asks < page.index(fetched) for fetched in ('href="', 'src="'))


def test_a_front_page_without_a_place_for_it_is_noticed(monkeypatch, tmp_path):
    (tmp_path / "index.html").write_text("<html></html>")
    monkeypatch.setattr(web_server.file_util, "get_static_dir", lambda: str(tmp_path))
    with pytest.raises(ValueError, match="no longer has one"):
        web_server.front_page()
