"""Behind nginx with the very file of deploy/: under a sub-path and on a host of its own, all protections on."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from components.server.middleware import security_headers
from tests.browser.chromium import settle
from tests.browser.proxies.running import nginx
from tests.browser.serving import READY_WITHIN_S
from tests.unit.tokenizer.zoo import unigram


@pytest.fixture(scope="module")
def own_host(app, tmp_path_factory):
    with nginx(tmp_path_factory.mktemp("nginx"), urlsplit(app.origin).netloc) as origin:
        yield origin


@pytest.fixture(scope="module")
def sub_path(team_app, tmp_path_factory):
    with nginx(tmp_path_factory.mktemp("nginx"), urlsplit(team_app.origin).netloc, base="/team") as origin:
        yield f"{origin}/team"


def status(url: str, *, method: str = "GET") -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=READY_WITHIN_S) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_a_deep_link_on_a_host_of_its_own(visit_through, app, own_host):
    page = visit_through(app, own_host)("/tokenizer", text="kept")
    expect(page.locator("h1")).to_have_text("Tokenizer explorer")
    expect(page.locator(".st-key-text textarea")).to_have_value("kept")


def test_a_deep_link_with_a_slash_too_many_and_an_upload_under_a_sub_path(visit_through, team_app, sub_path, tmp_path):
    tokenizer = tmp_path / "tokenizer.json"
    unigram().save(str(tokenizer))
    page = visit_through(team_app, sub_path)("/tokenizer/", text="novel")
    assert urlsplit(page.url).path == "/team/tokenizer"
    expect(page.locator(".st-key-text textarea")).to_have_value("novel")
    page.get_by_role("button", name="Your own tokenizer.json").click()
    page.locator("input[type=file]").set_input_files(tokenizer)
    settle(page)
    expect(page.locator(".st-key-tokenizer_chips .chips .chip .label").last).to_have_text("</s>")


def test_the_sub_path_without_its_slash_gets_it(visit_through, team_app, sub_path):
    page = visit_through(team_app, sub_path)("", lang="ko")
    assert urlsplit(page.url).path == "/team/"
    expect(page.locator("h1")).to_have_text(re.compile("[가-힣]"))


@pytest.mark.parametrize("path", ["_stcore/metrics", "_stcore/metrics?families=x"])
def test_what_is_for_the_machine_alone_is_not_passed_on(own_host, sub_path, path):
    for address in (own_host, sub_path):
        assert status(f"{address}/{path}") == 404
        assert status(f"{address}/_stcore/health") == 200


@pytest.mark.parametrize("path", ["", "tokenizer", "_stcore/health", "app/static/icon.svg", "nowhere"])
def test_every_answer_has_the_security_headers(own_host, path):
    expected = security_headers("class")
    with urllib.request.urlopen(f"{own_host}/{path}", timeout=READY_WITHIN_S) as answer:
        assert {name: answer.headers[name] for name in expected} == expected


def test_a_flood_of_uploads_from_one_address_is_held_back_and_pages_go_on(own_host):
    upload = f"{own_host}/_stcore/upload_file/nobody/1"
    answers = [status(upload, method="DELETE") for _ in range(400)]
    assert 429 in answers
    assert answers.count(429) < 300  # what a class sends at once comes through
    assert status(f"{own_host}/_stcore/health") == 200


def test_two_classes_that_open_the_dashboard_at_once_are_not_held_back(own_host):
    with ThreadPoolExecutor(20) as students:
        answers = list(students.map(status, [f"{own_host}/app/static/icon.svg"] * 1000))
    assert set(answers) == {200}
