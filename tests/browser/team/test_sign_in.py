"""A team's door in Chromium, with a real provider of OpenID Connect on this machine."""

from __future__ import annotations

import re
import ssl
import time
import urllib.request
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Page, expect
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from components.registry import PAGES, PageEntry
from components.server.middleware import security_headers
from components.server.return_to_page import WANTED
from components.team.provider import LEAST_SECRET_CHARS
from tests.browser.chromium import settle
from tests.browser.proxies.running import nginx
from tests.browser.serving import APP, READY_WITHIN_S, free_port, serving
from tests.browser.team.people import COOKIE_SECRET, team_options, team_variables, user_cookie

HANGUL = "나는 소설을 읽었다. <b>&"


def page_for_admins() -> PageEntry:
    return next(entry for entry in PAGES if entry.role == "admin")


def titled(page: Page, text: str) -> None:
    expect(page.locator("h1")).to_have_text(text)


def menu(page: Page) -> list[str]:
    return page.get_by_test_id("stSidebarNavLink").all_inner_texts()


def cookies(page: Page) -> dict[str, dict[str, object]]:
    return {cookie["name"]: dict(cookie) for cookie in page.context.cookies()}


def test_one_comes_back_to_the_wanted_view_sees_who_one_is_and_leaves(people, team):
    page = people("/tokenizer", text=HANGUL, model="classroom-gpt2")
    titled(page, "How Transformers work")
    assert menu(page) == []
    assert page.locator("textarea, .stSelectbox").count() == 0  # nothing of the page behind the door

    people.choose(page, "mina")
    titled(page, "Tokenizer explorer")
    assert urlsplit(page.url).path == "/tokenizer"
    expect(page.locator(".st-key-text textarea")).to_have_value(HANGUL)
    assert {cookie["httpOnly"] for name, cookie in cookies(page).items() if "xsrf" not in name} == {True}

    page.locator(".st-key-account button").first.click()
    expect(page.get_by_text("Kim *Mina* <b>").first).to_be_visible()
    expect(page.get_by_text("mina@school.example")).to_be_visible()
    page.locator(".st-key-sign_out button").click()
    page.wait_for_url(f"{team.origin}/")
    settle(page)
    titled(page, "How Transformers work")
    expect(page.get_by_text("You are signed out of this dashboard.")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert USER_COOKIE_NAME not in cookies(page)


def test_the_page_for_admins_is_for_them_alone(people):
    entry = page_for_admins()
    closed = "This page is for others of your team."
    for who, open_to in (("mina", False), ("head", True)):
        page = people.signed_in(who, f"/{entry.slug}")
        titled(page, entry.title)
        assert (entry.title in " ".join(menu(page))) is open_to
        expect(page.get_by_text(closed)).to_have_count(0 if open_to else 1)


def test_sign_ins_stand_in_the_audit_log_once_each_also_those_that_were_refused(people):
    for who in ("large", "stranger"):
        page = people.choose(people("/tokenizer"), who)
        page.reload()
        settle(page)
    head = people.choose(people("/admin"), "head")
    head.get_by_role("tab", name="Audit log").click()
    settle(head)
    rows = head.get_by_test_id("stDataFrame").locator("tbody tr")  # what the drawn table says to screen readers
    expect(rows.first).to_be_attached()
    newest = [row.locator("td").all_text_contents()[1:3] for row in rows.all()[:3]]
    assert newest == [
        ["head@school.example", "signed in"],
        ["stranger@evil.example", "was refused a sign-in"],
        ["large@school.example", "signed in"],
    ]


def test_who_may_not_come_in_is_told_why_and_can_leave(people):
    page = people("/generation")
    for who, title, address in (
        ("stranger", "You don't have access yet", "stranger@evil.example"),
        ("unverified", "Your address is not confirmed", "head@school.example"),
    ):
        people.choose(page, who)
        titled(page, title)
        expect(page.get_by_text(address)).to_be_visible()
        assert menu(page) == []
        page.locator(".st-key-sign_out button").click()
        titled(page, "How Transformers work")
        settle(page)


def test_who_declines_at_the_provider_is_back_at_the_door_of_the_wanted_view(people):
    page = people.choose(people("/catalog", provider="openai"), None)
    titled(page, "How Transformers work")
    assert urlsplit(page.url).path == "/catalog"
    assert "provider=openai" in page.url
    expect(page.get_by_text("Your provider did not sign you in, or the sign-in was cancelled there.")).to_be_visible()


def test_a_sign_in_that_is_over_is_repeated_and_the_view_kept(people, team, oidc):
    page = people("/positional-encoding", scheme="rotary")
    hours = 13
    carry(page, team.origin, claims(oidc.origin, iat=time.time() - hours * 3600), COOKIE_SECRET)
    titled(page, "Please sign in again")
    people.choose(page, "mina")
    titled(page, "Positional encoding")
    expect(page.get_by_role("radio", name="Rotary")).to_be_checked()


def test_a_cookie_that_somebody_signed_with_another_secret_opens_nothing(people, team, oidc):
    page = people("/tokenizer")
    mine = claims(oidc.origin, iat=time.time())
    carry(page, team.origin, mine, "guessed-" * LEAST_SECRET_CHARS)
    titled(page, "How Transformers work")
    carry(page, team.origin, mine, COOKIE_SECRET)  # the same cookie with the right one would have
    titled(page, "Tokenizer explorer")


def claims(issuer: str, *, iat: float) -> dict[str, object]:
    return {"iss": issuer, "sub": "mina", "email": "mina@school.example", "email_verified": True, "iat": int(iat)}


def carry(page: Page, origin: str, claims: dict[str, object], secret: str) -> None:
    """Open the page again with a cookie as Streamlit writes it at a sign-in."""
    value = user_cookie(origin, claims, secret=secret)
    page.context.add_cookies([{"name": USER_COOKIE_NAME, "value": value, "url": origin}])
    page.reload()
    settle(page)


def test_behind_nginx_under_a_sub_path_one_comes_back_there(people_through, oidc, tmp_path):
    port = free_port()
    options = team_options(tmp_path, oidc, origin=f"http://127.0.0.1:{port}", base="/team")
    with (
        serving(tmp_path, command=(*APP, *options), base="/team", variables=team_variables(tmp_path)) as server,
        nginx(tmp_path / "nginx", urlsplit(server.origin).netloc, base="/team", port=port) as origin,
    ):
        people = people_through(server, f"{origin}/team")
        page = people.choose(people("/tokenizer", text="kept", lang="ko"), "large")
        assert urlsplit(page.url).path == "/team/tokenizer"
        expect(page.locator(".st-key-text textarea")).to_have_value("kept")
        expect(page.locator("h1")).to_have_text(re.compile("[가-힣]"))
        mine = {name: cookie for name, cookie in cookies(page).items() if name.startswith(USER_COOKIE_NAME)}
        assert {cookie["path"] for cookie in mine.values()} == {"/team"}
        assert sum(len(str(cookie["value"])) for cookie in mine.values()) > 4096  # more than nginx takes by itself
        page.close()


def test_nobody_frames_it_and_every_answer_says_so(team):
    expected = security_headers("team")
    for path in ("", "tokenizer", "auth/login", "oauth2callback"):
        with urllib.request.urlopen(f"{team.origin}/{path}", timeout=READY_WITHIN_S) as answer:
            assert {name: answer.headers[name] for name in expected} == expected


def test_by_https_no_cookie_goes_another_way(oidc, tmp_path):
    """Asked by a client that trusts the certificate of this test alone."""
    port = free_port()
    trusted = certificate(tmp_path)
    origin = f"https://127.0.0.1:{port}"
    options = team_options(tmp_path, oidc, origin=origin)
    with (
        serving(tmp_path, command=(*APP, *options), variables=team_variables(tmp_path)) as server,
        nginx(tmp_path / "nginx", urlsplit(server.origin).netloc, port=port, secrets=tmp_path),
    ):
        context = ssl.create_default_context(cafile=trusted)
        asking = HTTPSConnection("127.0.0.1", port, timeout=READY_WITHIN_S, context=context)
        with closing(asking):
            asking.request("GET", "/auth/login", headers={"Referer": f"{origin}/tokenizer?text=x"})
            answer = asking.getresponse()
    kept = answer.headers.get_all("Set-Cookie")
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")
    assert any(cookie.startswith(f"{WANTED}=") for cookie in kept)
    assert all("; Secure" in cookie and "; HttpOnly" in cookie for cookie in kept)


def certificate(folder: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1 that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = serialization.Encoding.PEM
    (folder / "key").write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))
    (folder / "certificate").write_bytes(signed.public_bytes(pem))
    return folder / "certificate"
