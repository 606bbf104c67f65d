"""Who a session belongs to: an account, a browser, or at least an address."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from components.core.policy import LOCAL
from components.core.roles import Visitor
from components.server.streamlit_internals.sessions import browser_token
from components.ui import session

KIM = Visitor(id="kim's id", email="kim@school.example", name="Kim", role="member")


@pytest.fixture
def came(monkeypatch):
    """Let a tab come from somewhere, and give the name of its session."""

    def come(
        *, token: bytes | None = None, cookie: str | None = None, address: str | None = None, team=False, who=None
    ) -> str:
        if token is not None:
            cookie = generate_xsrf_token_string(token, 1_800_000_000)
        cookies = {} if cookie is None else {XSRF_COOKIE_NAME: cookie}
        fake = SimpleNamespace(session_state={}, context=SimpleNamespace(cookies=cookies, ip_address=address))
        monkeypatch.setattr(session, "st", fake)
        monkeypatch.setattr(session, "_browser_token", browser_token)
        monkeypatch.setattr(session.policy, "visitor", lambda: who if team else LOCAL)
        return session.session()

    return come


def person(name: str) -> str:
    return name.partition("/")[0]


def test_tabs_of_one_browser_are_one_person_though_the_cookie_is_written_anew_each_time(came):
    first, second = came(token=b"a" * 16), came(token=b"a" * 16, address="10.0.0.1")
    assert first != second
    assert person(first) == person(second)
    assert person(came(token=b"b" * 16)) != person(first)


def test_in_a_team_the_account_counts_on_every_device(came):
    assert person(came(token=b"a" * 16, team=True, who=KIM)) == person(came(token=b"b" * 16, team=True, who=KIM))
    at_the_door = came(token=b"a" * 16, team=True)  # nobody came in yet
    assert person(at_the_door) == person(came(token=b"a" * 16))


@pytest.mark.parametrize("cookie", [None, "", "x", "2|zz|zz|1", "2|aa|bb|now"])
def test_without_a_good_cookie_the_address_counts(came, cookie):
    assert person(came(cookie=cookie, address="10.0.0.1")) == person(came(address="10.0.0.1"))
    assert person(came(cookie=cookie, address="10.0.0.1")) != person(came(address="10.0.0.2"))


def test_a_name_says_nothing_about_the_visitor(came):
    names = came(address="10.0.0.1"), came(token=b"a" * 16), came(team=True, who=KIM)
    assert not any(part in name for name in names for part in ("10.0", b"a".hex() * 16, "kim"))
