"""How many tabs one person may have open."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from components.server import session_limit
from components.server.streamlit_internals import sessions


class KnownSessions:
    """Streamlit's sessions, as far as `session_limit` looks at them."""

    def __init__(self) -> None:
        self.connected: list[Tab] = []
        self._session_mgr = self

    def list_active_sessions(self):
        return [SimpleNamespace(session=tab) for tab in self.connected]


class Tab:
    def __init__(self, runtime: KnownSessions, whose=("browser", "mine")) -> None:
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
    found = KnownSessions()
    monkeypatch.setattr(sessions, "exists", lambda: True)
    monkeypatch.setattr(sessions, "get_instance", lambda: found)
    return found


@pytest.fixture
def before(monkeypatch):
    """Run a tab, and give how many tabs of its person count before it."""
    context = SimpleNamespace(session_id=None)
    monkeypatch.setattr(sessions, "get_script_run_ctx", lambda: context)

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
