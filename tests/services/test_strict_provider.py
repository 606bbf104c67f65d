"""Signing in and out at a provider that keeps to the specification and offers nothing beyond it, with our defaults."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from components.core.roles import Visitor
from components.core.settings import Settings
from components.team.identity import Refused, decide
from components.team.provider import FAILED_COOKIE, SIGNED_OUT_COOKIE
from tests.browser.serving import APP, Server, free_port, serving
from tests.browser.team.people import COOKIE_SECRET, team_options, team_variables
from tests.services.strict_provider import StrictProvider, strict_provider

WAITS_S = 60
TEAM = Settings(members=("@school.example",))
MINA = {"email": "Mina@School.example", "email_verified": True, "name": "Kim Mina"}


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[tuple[Server, StrictProvider]]:
    folder = tmp_path_factory.mktemp("team")
    with strict_provider() as found:
        options = team_options(folder, found)
        with serving(folder, command=(*APP, *options), variables=team_variables(folder)) as server:
            yield server, found


@pytest.fixture
def server(running) -> Server:
    return running[0]


@pytest.fixture
def provider(running) -> StrictProvider:
    found = running[1]
    fresh = StrictProvider(origin=found.origin, key=found.key, userinfo=MINA)
    vars(found).update(vars(fresh))
    return found


@pytest.fixture
def browser() -> Iterator[httpx2.Client]:
    with httpx2.Client(follow_redirects=True, timeout=WAITS_S) as client:
        yield client


def sign_in(browser: httpx2.Client, server: Server, *, view: str = "tokenizer?lang=ko") -> httpx2.Response:
    """Press the button to sign in, on a view."""
    name = {"provider": "default", "exp": int(time.time()) + 60}
    token = jwt.encode({"alg": "HS256"}, name, OctKey.import_key(COOKIE_SECRET))
    address = f"{server.origin}/auth/login"
    return browser.get(address, params={"provider": token}, headers={"Referer": f"{server.origin}/{view}"})


def who(browser: httpx2.Client) -> Visitor | Refused:
    """Return who the dashboard takes this browser for, by its cookie."""
    cookie = browser.cookies.get(USER_COOKIE_NAME)
    said = {} if cookie is None else json.loads(decode_signed_value(COOKIE_SECRET, USER_COOKIE_NAME, cookie.strip('"')))
    return decide(said, settings=TEAM, now_s=time.time())


@pytest.mark.parametrize("lists_prompts", [True, False])
def test_somebody_signs_in_with_the_defaults(server, provider, browser, lists_prompts):
    provider.lists_prompts = lists_prompts
    landed = sign_in(browser, server)
    assert who(browser) == Visitor(id=who(browser).id, email="mina@school.example", name="Kim Mina", role="member")
    assert str(landed.url) == f"{server.origin}/tokenizer?lang=ko"
    assert provider.prompts_asked() == [None]


def test_a_choice_of_accounts_is_asked_for_where_there_is_one(server, provider, browser):
    provider.prompts = ("login", "select_account")
    sign_in(browser, server)
    assert isinstance(who(browser), Visitor)
    assert provider.prompts_asked() == ["select_account"]


def test_claims_of_somebody_else_at_the_userinfo_endpoint_count_for_nothing(server, provider, browser):
    provider.userinfo = {**MINA, "sub": "another"}
    sign_in(browser, server)
    assert who(browser) == Refused(reason="incomplete")


def test_signing_out_ends_here_and_the_next_one_at_this_machine_does_not_come_in_as_the_last(server, provider, browser):
    sign_in(browser, server)
    landed = browser.get(f"{server.origin}/auth/logout")
    assert landed.status_code == 200
    assert urlsplit(str(landed.url)).netloc == urlsplit(server.origin).netloc
    assert not any(path == "/end_session" for path, _ in provider.asked)
    assert who(browser) == Refused(reason="signed out")
    assert SIGNED_OUT_COOKIE in browser.cookies
    sign_in(browser, server)
    assert provider.prompts_asked() == [None, "login"]
    assert isinstance(who(browser), Visitor)
    assert SIGNED_OUT_COOKIE not in browser.cookies


def test_what_the_provider_refuses_is_in_the_log_under_the_reference_that_the_visitor_gets(server, provider, browser):
    provider.prompts = ("none",)  # and login, which is asked for after a sign-out, is refused
    provider.lists_prompts = False
    browser.cookies.set(SIGNED_OUT_COOKIE, "1")
    sign_in(browser, server)
    assert who(browser) == Refused(reason="signed out")
    how, _, reference = browser.cookies[FAILED_COOKIE].partition(".")
    assert how == "refused"
    line = line_with(server, f"reference {reference}")
    assert "'invalid_request', 'unsupported prompt value requested'" in line


def test_a_token_that_is_refused_is_in_the_log_with_the_providers_reason(server, provider, browser):
    provider.token_error = "invalid_client"
    sign_in(browser, server)
    how, _, reference = browser.cookies[FAILED_COOKIE].partition(".")
    assert how == "unfinished"
    assert "invalid_client: the client's secret is over" in line_with(
        server, f"[request={reference}]", "did not finish"
    )


def line_with(server: Server, *texts: str) -> str:
    [line] = [each for each in server.log.read_text().splitlines() if all(text in each for text in texts)]
    return line


def test_with_a_registered_address_signing_out_ends_at_the_provider_too(provider, browser, tmp_path):
    port = free_port()
    home = f"http://127.0.0.1:{port}/"
    provider.after_sign_out = (home,)
    _, secrets_file = team_options(tmp_path, provider, origin=home.rstrip("/"))
    more = f'post_logout_redirect_uri = "{home}"\nclient_kwargs = {{ prompt = "consent" }}\n'
    Path(secrets_file).write_text(Path(secrets_file).read_text() + more)
    command = (*APP, "--secrets.files", secrets_file)
    with serving(tmp_path, command=command, variables=team_variables(tmp_path), port=port) as server:
        sign_in(browser, server)
        assert isinstance(who(browser), Visitor)
        landed = browser.get(f"{server.origin}/auth/logout")
        assert str(landed.url) == home
        [asked] = [asked for path, asked in provider.asked if path == "/end_session"]
        assert asked["id_token_hint"]
        assert who(browser) == Refused(reason="signed out")
        assert SIGNED_OUT_COOKIE not in browser.cookies
        sign_in(browser, server)
        assert provider.prompts_asked() == ["consent", "consent"]  # what the operator wrote wins


def test_a_provider_that_does_not_answer_leaves_nobody_on_a_blank_page(browser, tmp_path):
    nobody = StrictProvider(origin=f"http://127.0.0.1:{free_port()}")
    options = team_options(tmp_path, nobody)
    with serving(tmp_path, command=(*APP, *options), variables=team_variables(tmp_path)) as server:
        landed = sign_in(browser, server)
        assert str(landed.url) == f"{server.origin}/tokenizer?lang=ko"
        assert browser.cookies[FAILED_COOKIE].startswith("unreachable.")
