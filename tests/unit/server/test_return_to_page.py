"""Back to the view one wanted after a sign-in; never to another site, whatever headers and cookies say."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from components.server.return_to_page import WANTED, ReturnToPage
from components.team.provider import FAILED_COOKIE, SIGNED_OUT_COOKIE

HOST = "http://testserver"  # the client's own
SLUGS = ("", "tokenizer", "generation")


def site(
    *, base: str = "", secure: bool = False, signs_in: bool = True, answers: bool = True, after_sign_out: str = "/"
) -> TestClient:
    """Return a client of something that answers as Streamlit does."""

    async def login(_request):
        if not answers:
            return PlainTextResponse("Authentication error", status_code=400)
        return RedirectResponse("https://accounts.example/authorize", status_code=302)

    async def callback(_request):
        answer = RedirectResponse(f"{base}/", status_code=302)
        if signs_in:
            answer.set_cookie("_streamlit_user", "signed", httponly=True, path=base or "/")
        else:
            answer.delete_cookie("_streamlit_user", path=base or "/")
        return answer

    async def logout(_request):
        return RedirectResponse(after_sign_out, status_code=302)

    routes = [
        Route(f"{base}/auth/login", login),
        Route(f"{base}/auth/logout", logout),
        Route(f"{base}/oauth2callback", callback),
    ]
    middleware = [Middleware(ReturnToPage, slugs=SLUGS, base=base, secure=secure)]
    return TestClient(Starlette(routes=routes, middleware=middleware), follow_redirects=False)


def landing(client: TestClient, referer: str, *, base: str = "") -> str:
    """Return where somebody ends who starts the sign-in at an address."""
    client.get(f"{base}/auth/login", headers={"referer": referer})
    return client.get(f"{base}/oauth2callback?state=x&code=y").headers["location"]


@pytest.mark.parametrize("base", ["", "/team"])
@pytest.mark.parametrize("view", ["", "tokenizer", "tokenizer?text=%ED%95%9C+a%26b&lang=ko", "?lang=ko"])
def test_the_view_is_kept_with_its_query(base, view):
    assert landing(site(base=base), f"{HOST}{base}/{view}", base=base) == f"{base}/{view}"


@pytest.mark.parametrize(
    "referer",
    [
        "",
        "https://evil.example/tokenizer",
        "http://testserver.evil.example/tokenizer",
        "http://testserver@evil.example/tokenizer",
        "http://evil.example#http://testserver/tokenizer",
        "//evil.example/tokenizer",
        f"{HOST}//evil.example/",
        f"{HOST}/\\evil.example",
        f"{HOST}/https://evil.example",
        f"{HOST}/tokenizer/../auth/logout",
        f"{HOST}/auth/logout",
        f"{HOST}/oauth2callback?state=x",
        f"{HOST}/nowhere",
        "http://[testserver/tokenizer",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_page_of_this_site_is_not_kept(referer):
    client = site()
    assert landing(client, referer) == "/"
    assert WANTED not in client.cookies


@pytest.mark.parametrize(
    "planted",
    [
        "//evil.example",
        "https://evil.example",
        "\\\\evil.example",
        "tokenizer\r\nset-cookie: x=y",
        "tokenizer?a\r\nb",
        "tokenizer?\u00e9",
        "../tokenizer",
        "/tokenizer",
        "auth/logout",
    ],
)
def test_a_cookie_that_somebody_planted_leads_nowhere_else(planted):
    cookie = base64.urlsafe_b64encode(planted.encode()).decode()
    answer = site().get("/oauth2callback?state=x", headers={"cookie": f"{WANTED}={cookie}"})
    assert answer.headers["location"] == "/"


@given(st.binary(max_size=60))
def test_no_cookie_leads_off_the_site(value):
    cookie = base64.urlsafe_b64encode(value).decode()
    for sent in (cookie, value.hex(), cookie.rstrip("=")):
        location = site().get("/oauth2callback?state=x", headers={"cookie": f"{WANTED}={sent}"}).headers["location"]
        assert location.split("?")[0] in {f"/{slug}" for slug in SLUGS}


def test_a_view_too_long_for_a_cookie_keeps_its_page():
    assert landing(site(), f"{HOST}/tokenizer?text={'x' * 4000}") == "/tokenizer"


def test_it_is_kept_for_one_way_only():
    client = site()
    assert landing(client, f"{HOST}/tokenizer") == "/tokenizer"
    assert client.get("/oauth2callback?state=x").headers["location"] == "/"


def test_a_sign_in_that_failed_says_so_on_the_view_it_started_from():
    client = site(signs_in=False)
    assert landing(client, f"{HOST}/tokenizer") == "/tokenizer"
    assert FAILED_COOKIE in client.cookies
    back_from_signing_out = site(signs_in=False)
    back_from_signing_out.get("/oauth2callback")
    assert FAILED_COOKIE not in back_from_signing_out.cookies
    succeeded = site()
    landing(succeeded, f"{HOST}/tokenizer")
    assert FAILED_COOKIE not in succeeded.cookies


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("error=access_denied&state=x", "declined"),
        ("error=invalid_request&error_description=unsupported+prompt&state=x", "refused"),
        ("error=invalid_client", "refused"),
        ("error=temporarily_unavailable&state=x", "unreachable"),
        ("error=server_error&state=x", "unreachable"),
        ("code=y&state=x", "unfinished"),
    ],
)
def test_a_visitor_hears_how_it_failed_and_the_log_has_what_the_provider_said(caplog, said, how):
    client = site(signs_in=False)
    client.get(f"/oauth2callback?{said}")
    found, _, reference = client.cookies[FAILED_COOKIE].partition(".")
    assert found == how
    [line] = caplog.messages
    assert f"({how}), reference {reference}" in line
    provided = parse_qs(said)
    assert all(text in line for name in ("error", "error_description") for text in provided.get(name, []))
    assert "unsupported" not in str(client.cookies)


def test_what_a_provider_says_stays_one_short_line_of_the_log(caplog):
    site(signs_in=False).get(f"/oauth2callback?error=x%0D%0A2026+ERROR+forged&error_description={'%1B[31m한' * 3000}")
    [line] = caplog.messages
    assert line.isascii()
    assert line.isprintable()
    assert len(line) < 6000


def test_a_provider_that_can_not_be_asked_leads_back_to_the_view():
    client = site(answers=False)
    answer = client.get("/auth/login", headers={"referer": f"{HOST}/tokenizer?text=x"})
    assert (answer.status_code, answer.headers["location"]) == (302, "/tokenizer?text=x")
    assert client.cookies[FAILED_COOKIE].startswith("unreachable.")
    assert client.get("/auth/login", headers={"referer": "https://evil.example/x"}).headers["location"] == "/"


def test_who_signed_out_here_alone_is_remembered_until_the_next_sign_in():
    client = site()
    client.get("/auth/logout")
    assert SIGNED_OUT_COOKIE in client.cookies
    landing(client, f"{HOST}/tokenizer")
    assert SIGNED_OUT_COOKIE not in client.cookies
    at_the_provider_too = site(after_sign_out="https://accounts.example/end_session")
    at_the_provider_too.get("/auth/logout")
    assert SIGNED_OUT_COOKIE not in at_the_provider_too.cookies


def flags(client: TestClient, path: str) -> list[set[str]]:
    answer = client.get(path, headers={"referer": f"{HOST}/team/tokenizer"})
    cookies = answer.headers.get_list("set-cookie")
    return [{part.strip().lower() for part in cookie.split(";")[1:]} for cookie in cookies]


def test_no_script_reads_a_cookie_and_by_https_nothing_else_carries_it():
    for path in ("/team/auth/login", "/team/oauth2callback?state=x"):
        secure, plain = flags(site(base="/team", secure=True), path), flags(site(base="/team"), path)
        assert secure
        assert plain
        for found in (*secure, *plain):
            assert {"httponly", "samesite=lax", "path=/team"} <= found
        assert all("secure" in found for found in secure)
        assert not any("secure" in found for found in plain)
