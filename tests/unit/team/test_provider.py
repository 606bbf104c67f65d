"""A team's dashboard does not start before people can sign in, safely; each message says what to write."""

from __future__ import annotations

import re
import tomllib

import pytest

from components.core.settings import Settings, SettingsError
from components.team.provider import TEMPLATE, is_reached_by_https, providers, require_fit_for_team
from tests.unit.source_tree import ROOT

TEAM = Settings(profile="team", members=("@school.example",))
PROVIDER = {
    "client_id": "dashboard",
    "client_secret": "hush",
    "server_metadata_url": "https://accounts.example/.well-known/openid-configuration",
}
AUTH = {
    "redirect_uri": "https://dashboard.school.example/oauth2callback",
    "cookie_secret": "k" * 32,
    **PROVIDER,
}


def refusal(auth, *, settings: Settings = TEAM, base: str = "") -> str:
    with pytest.raises(SettingsError) as refused:
        require_fit_for_team(auth, settings, base=base)
    return str(refused.value)


@pytest.mark.parametrize(
    ("address", "base"),
    [
        ("https://dashboard.school.example/oauth2callback", ""),
        ("https://school.example:8443/team/oauth2callback", "/team/"),
        ("http://localhost:8501/oauth2callback", ""),
        ("http://127.0.0.1:8501/a/b/oauth2callback", "a/b"),
    ],
)
def test_these_start(address, base):
    require_fit_for_team({**AUTH, "redirect_uri": address}, TEAM, base=base)
    assert is_reached_by_https({"redirect_uri": address}) is address.startswith("https")


@pytest.mark.parametrize("base", ["", "/team/"])
def test_after_a_sign_out_one_comes_back_to_this_dashboard_alone(base):
    root = "https://dashboard.school.example" + base.rstrip("/")
    auth = {**AUTH, "redirect_uri": f"{root}/oauth2callback"}
    for own in (f"{root}/", f"{root}/oauth2callback"):
        require_fit_for_team({**auth, "post_logout_redirect_uri": own}, TEAM, base=base)
    for other in ("https://evil.example/", f"{root}/tokenizer", f"{root}.evil.example/", "", 5):
        message = refusal({**auth, "post_logout_redirect_uri": other}, base=base)
        assert f"it has to be {root}/oauth2callback or {root}/" in message


def test_without_a_sign_in_it_says_where_to_write_one():
    assert TEMPLATE in refusal(None)
    assert "[auth]" in refusal(None)


def test_a_team_of_nobody_is_refused():
    assert "admins, members or viewers" in refusal(AUTH, settings=Settings(profile="team"))


@pytest.mark.parametrize("secret", [None, "", "k" * 31, 5])
def test_a_short_cookie_secret_is_refused_and_not_quoted(secret):
    message = refusal({**AUTH, "cookie_secret": secret})
    assert "at least 32 characters" in message
    assert "kkk" not in message


@pytest.mark.parametrize(
    ("address", "base"),
    [
        (None, ""),
        ("", ""),
        ("/oauth2callback", ""),
        ("https://dashboard.school.example/", ""),
        ("https://dashboard.school.example/oauth2callback/", ""),
        ("https://dashboard.school.example/oauth2callback?x", ""),
        ("https://dashboard.school.example/oauth2callback", "/team"),
        ("https://dashboard.school.example/team/oauth2callback", ""),
    ],
)
def test_an_address_to_come_back_to_that_is_not_this_servers_is_refused(address, base):
    message = refusal({**AUTH, "redirect_uri": address}, base=base)
    assert message.startswith("redirect_uri of [auth]")
    assert f"{base}/oauth2callback" in message


@pytest.mark.parametrize(
    "address", ["http://dashboard.school.example/oauth2callback", "ftp://localhost/oauth2callback"]
)
def test_a_sign_in_that_can_be_read_on_the_way_is_refused(address):
    assert "has to be https" in refusal({**AUTH, "redirect_uri": address})


@pytest.mark.parametrize("key", PROVIDER)
def test_what_a_provider_lacks_is_named(key):
    whole = {name: value for name, value in AUTH.items() if name not in PROVIDER}
    section = {**PROVIDER, key: ""}
    assert refusal({**whole, **section}) == f"[auth] in secrets.toml has no {key}."
    assert refusal({**whole, "google": section}) == f"[auth.google] in secrets.toml has no {key}."


def test_the_rest_of_what_streamlit_would_only_say_at_the_first_sign_in():
    bare = {name: value for name, value in AUTH.items() if name not in PROVIDER}
    assert "names no provider" in refusal(bare)
    assert "no underscore" in refusal({**bare, "my_school": PROVIDER})
    http = {**PROVIDER, "server_metadata_url": "http://accounts.example/x"}
    assert refusal({**bare, **http}) == "server_metadata_url of [auth] in secrets.toml has to be https."


def test_the_providers_are_those_with_a_client():
    assert list(providers(AUTH)) == [None]
    assert list(providers({"cookie_secret": "x", "google": PROVIDER, "entra": PROVIDER, "note": {}})) == [
        "google",
        "entra",
    ]


def test_the_template_has_everything_but_the_secrets():
    text = (ROOT / TEMPLATE).read_text("utf-8")
    auth = tomllib.loads(text)["auth"]
    assert "cookie_secret" in refusal(auth)  # nobody starts with what stands in a public file
    fitted = {**auth, "cookie_secret": "k" * 32, "client_secret": "hush", "client_id": "x"}
    require_fit_for_team(fitted, TEAM, base="")
    assert re.search(r"token_urlsafe", text)
