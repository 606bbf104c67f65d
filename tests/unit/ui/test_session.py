"""Who a session belongs to: an account, a browser, or at least an address; and how many tabs they may have."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import XSRF_COOKIE_NAME

from components.core.roles import Visitor
from components.server import session_limit
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
        monkeypatch.setattr(session, "settings", lambda: SimpleNamespace(profile="team" if team else "class"))
        monkeypatch.setattr(session.policy, "visitor", lambda: who)
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


class Runtime:
    """Streamlit's sessions, as far as `session_limit` looks at them."""

    def __init__(self) -> None:
        self.connected: list[Tab] = []
        self._session_mgr = self

    def list_active_sessions(self):
        return [SimpleNamespace(session=tab) for tab in self.connected]


class Tab:
    def __init__(self, runtime: Runtime, whose=("browser", "mine")) -> None:
        self.id = object()
        self.whose = whose
        self._connected = runtime.connected
        self._connected.append(self)

    def close(self) -> None:
        self._connected.remove(self)

    def reconnect(self) -> None:
        self._connected.append(self)


@pytest.fixture
def runtime(monkeypatch):
    found = Runtime()
    monkeypatch.setattr(session_limit, "exists", lambda: True)
    monkeypatch.setattr(session_limit, "get_instance", lambda: found)
    return found


@pytest.fixture
def before(monkeypatch):
    """Run a tab, and give how many tabs of its person count before it."""
    context = SimpleNamespace(session_id=None)
    monkeypatch.setattr(session_limit, "get_script_run_ctx", lambda: context)

    def run(tab: Tab) -> int:
        context.session_id = tab.id
        return session_limit._tabs_before_this_one(tab.whose)

    return run


def test_a_tab_counts_the_persons_earlier_ones_that_are_connected(runtime, before):
    mine = [Tab(runtime) for _ in range(4)]
    assert [before(tab) for tab in mine] == [0, 1, 2, 3]
    assert before(Tab(runtime, ("browser", "another's"))) == 0
    assert [before(tab) for tab in reversed(mine)] == [3, 2, 1, 0]  # whatever runs first


def test_a_closed_tab_does_not_count_and_one_that_comes_back_is_not_the_last(runtime, before):
    mine = [Tab(runtime) for _ in range(4)]
    for tab in mine:
        before(tab)
    mine[1].close()
    assert [before(tab) for tab in (mine[2], mine[3])] == [1, 2]
    later = Tab(runtime)
    assert before(later) == 3
    mine[1].reconnect()
    assert before(mine[1]) == 1
    assert before(later) == 4


def test_who_signs_in_is_counted_with_the_account(runtime, before):
    first, second = Tab(runtime), Tab(runtime)
    before(first)
    first.whose = second.whose = ("account", "kim")
    assert [before(first), before(second)] == [0, 1]
    assert before(Tab(runtime)) == 0


def test_sessions_that_ended_leave_nothing_behind(runtime, before):
    held = len(session_limit._opened)
    for _ in range(50):
        tab = Tab(runtime)
        before(tab)
        tab.close()
    assert len(session_limit._opened) <= held + 1  # the last one is still held here
