"""A computation in a fragment learns that the visitor clicked again; Streamlit's own objects are used throughout."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from streamlit.runtime.fragment import MemoryFragmentStorage
from streamlit.runtime.scriptrunner_utils import script_run_context
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.scriptrunner_utils.script_run_context import FragmentThreadState, ThreadState

from components.server.streamlit_internals import sessions
from components.ui import session


@pytest.fixture
def requests(monkeypatch):
    """The waiting clicks of a session whose fragment "inner", which lies in "outer", is being drawn."""
    made = ScriptRequests()
    storage = MemoryFragmentStorage()
    storage.register("outer", lambda: None)
    storage.register("inner", lambda: None, parent_fragment_id="outer")
    context = SimpleNamespace(script_requests=made, fragment_storage=storage)
    monkeypatch.setattr(sessions, "get_script_run_ctx", lambda **_: context)
    token = script_run_context._thread_state.set(FragmentThreadState(fragment_id="inner"))
    yield made
    script_run_context._thread_state.reset(token)


def click(requests, fragment_id=None):
    requests.request_rerun(RerunData(fragment_id=fragment_id, fragment_id_queue=[]))


def test_nothing_waits_at_first(requests):
    assert not sessions.is_superseded()


@pytest.mark.parametrize("fragment", ["inner", "outer"])
def test_a_click_in_this_fragment_or_around_it_supersedes_it(requests, fragment):
    click(requests, fragment)
    assert sessions.is_superseded()


def test_a_click_in_another_fragment_does_not(requests):
    click(requests, "another")
    assert not sessions.is_superseded()


def test_a_rerun_of_the_page_is_streamlits_own_to_carry_out(requests):
    click(requests)
    assert not sessions.is_superseded()


def test_outside_a_fragment_nothing_is_superseded(requests):
    click(requests, "inner")
    with ThreadState.scoped(fragment_id=None):
        assert not sessions.is_superseded()


def test_a_superseded_computation_ends_and_the_page_goes_on(monkeypatch):
    steps = []
    monkeypatch.setattr(session, "_is_superseded", lambda: len(steps) >= 2)
    monkeypatch.setattr(session.st, "fragment", lambda draw, **_settings: draw)

    @session.fragment
    def draw():
        for step in range(10):
            try:
                session.checkpoint()
            except Exception:  # noqa: BLE001 (what is to be shown not to catch it)
                raise AssertionError("it was taken for a fault") from None
            steps.append(step)

    draw()
    steps.append("the rest of the page")
    assert steps == [0, 1, "the rest of the page"]
