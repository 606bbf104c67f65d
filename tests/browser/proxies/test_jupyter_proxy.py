"""Behind jupyter-server-proxy, under the path it has in SageMaker Studio: an emulation of Studio, not Studio."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.chromium import settle
from tests.browser.proxies.running import stripping
from tests.browser.serving import READY_WITHIN_S
from tests.unit.tokenizer.zoo import unigram

HANGUL = re.compile("[가-힣]")
TEXT = "나는 소설을 읽었다. <b>&"


def port_of(origin: str) -> int:
    port = urlsplit(origin).port
    assert port is not None
    return port


@pytest.fixture
def visit(visit_through, studio_app, jupyter_address):
    return visit_through(studio_app, f"{jupyter_address}/proxy/{port_of(studio_app.origin)}")


def test_a_deep_link_with_a_slash_too_many_opens_its_page_and_the_menu_goes_on_from_there_and_back(visit):
    page = visit("/tokenizer/", text=TEXT, model="classroom-gpt2")
    assert urlsplit(page.url).path.startswith("/jupyterlab/default/proxy/")
    expect(page.locator("h1")).to_have_text("Tokenizer explorer")
    expect(page.locator(".st-key-text textarea")).to_have_value(TEXT)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="For teachers").click()
    settle(page)
    expect(page.locator("h1")).to_have_text("For teachers")
    assert urlsplit(page.url).path.endswith("/teaching")
    assert urlsplit(page.url).path.startswith("/jupyterlab/default/proxy/")
    page.go_back()
    settle(page)
    expect(page.locator("h1")).to_have_text("Tokenizer explorer")


def test_the_address_without_its_last_slash_gets_it_and_keeps_the_rest(browser, studio_app, jupyter_address):
    """No visitor that notes faults: the browser has asked for files beside the prefix before it is sent on."""
    page = browser.new_page()
    page.goto(f"{jupyter_address}/proxy/{port_of(studio_app.origin)}?lang=ko")
    page.wait_for_url("**/proxy/*/?lang=ko")
    settle(page)
    expect(page.locator("h1")).to_have_text(HANGUL)
    page.close()


def test_without_cookies_and_under_another_host_name_an_upload_arrives(
    visit_through, studio_app, jupyter_address, tmp_path
):
    tokenizer = tmp_path / "tokenizer.json"
    unigram().save(str(tokenizer))
    with stripping(tmp_path / "nginx", urlsplit(studio_app.origin).netloc) as port:
        page = visit_through(studio_app, f"{jupyter_address}/proxy/{port}")("/tokenizer")
        page.get_by_role("button", name="Your own tokenizer.json").click()
        page.locator("input[type=file]").set_input_files(tokenizer)
        settle(page)
        expect(page.locator(".st-key-tokenizer_chips .chips .chip .label").last).to_have_text("</s>")
        assert [cookie["name"] for cookie in page.context.cookies() if "streamlit" in cookie["name"]] == []


def test_only_this_profile_takes_an_upload_without_the_cookie(studio_app, app):
    """Elsewhere the token against forged uploads stays on; here the answer is that there is no such session."""

    def answer(origin: str) -> int:
        request = urllib.request.Request(f"{origin}/_stcore/upload_file/nobody/nothing", data=b"", method="PUT")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=READY_WITHIN_S)
        refused.value.close()
        return refused.value.code

    assert answer(app.origin) == 403
    assert answer(studio_app.origin) == 400


def test_it_prints_how_to_find_the_address(studio_app):
    printed = studio_app.log.read_text()
    assert f"/jupyterlab/default/proxy/{port_of(studio_app.origin)}/\n" in printed
    assert "localhost" not in printed
