"""What is asked of a provider, and what is believed of its answers."""

from __future__ import annotations

import pytest

from components.team import openid
from components.team.openid import choose_prompt, complete_claims, lacks_address

GOOGLE = {"issuer": "https://accounts.google.com"}
ENTRA = {"issuer": "https://login.microsoftonline.com/1234/v2.0"}
PLAIN = {"issuer": "https://accounts.school.example"}


@pytest.mark.parametrize(
    ("metadata", "asked", "asked_after_sign_out"),
    [
        (PLAIN, None, "login"),
        ({**PLAIN, "prompt_values_supported": None}, None, "login"),
        ({**PLAIN, "prompt_values_supported": ["none", "login"]}, None, "login"),
        ({**PLAIN, "prompt_values_supported": ["none"]}, None, None),
        ({**PLAIN, "prompt_values_supported": ["login", "select_account"]}, "select_account", "select_account"),
        (GOOGLE, "select_account", "select_account"),
        (ENTRA, "select_account", "select_account"),
        ({**GOOGLE, "prompt_values_supported": ["login"]}, None, "login"),
        ({"issuer": "https://login.microsoftonline.com.evil.example/"}, None, "login"),
    ],
)
def test_only_a_prompt_that_the_provider_has_is_asked_for(metadata, asked, asked_after_sign_out):
    assert choose_prompt(metadata, signed_out=False) == asked
    assert choose_prompt(metadata, signed_out=True) == asked_after_sign_out


MINA = {"sub": "mina", "email": "mina@school.example", "email_verified": True, "name": "Mina", "groups": ["x"] * 9}


def test_what_an_id_token_lacks_comes_from_the_userinfo_endpoint():
    found = complete_claims({"sub": "mina", "iss": "i", "email_verified": True}, {**MINA, "email_verified": False})
    # the ID token's word was about no address
    assert found == {
        "sub": "mina", "iss": "i", "email": "mina@school.example", "email_verified": False, "name": "Mina"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "verified"),
    [
        (MINA, True),
        ({**MINA, "email_verified": False}, False),
        ({**MINA, "email": "other@school.example"}, None),
        ({**MINA, "sub": "other"}, None),
        ({"email": "mina@school.example", "email_verified": True}, None),
        ({}, None),
    ],
)
def test_an_address_is_only_verified_where_it_is_the_same_address_of_the_same_person(more, verified):
    said = {"sub": "mina", "email": "mina@school.example", "name": "M"}
    found = complete_claims(said, more)
    assert {name: found[name] for name in said} == said
    assert found.get("email_verified") is verified


def test_without_a_subject_nothing_is_added():
    assert complete_claims({}, {"email": "mina@school.example"}) == {}
    assert complete_claims({"sub": ""}, {**MINA, "sub": ""}) == {"sub": ""}


@pytest.mark.parametrize("required", [True, False])
def test_the_endpoint_is_asked_only_if_it_has_something_to_say(monkeypatch, required):
    monkeypatch.setattr(openid, "settings", lambda: type("Set", (), {"verified_email": required}))
    assert lacks_address({"sub": "mina"})
    assert not lacks_address(MINA)
    assert lacks_address({"email": "mina@school.example"}) is required
