"""Of what a browser sends the server acts on what the pages need; before a sign-in, on what its page needs."""

from __future__ import annotations

import time

import pytest
from streamlit.proto.BackMsg_pb2 import BackendOperationRequest, BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates

from components.core.settings import settings
from components.server.browser_messages import BEFORE_SIGN_IN, KINDS, accept_from
from components.server.streamlit_internals import messages
from components.server.streamlit_internals.sessions import SESSION_STARTED

OPERATIONS = {"deferred_file", "dataframe_chunk"}
LOOKED_AT = (KINDS - OPERATIONS) | {
    "backend_operation_request",
    "clear_cache",  # of all visitors
    "set_run_on_save",
    "load_git_info",  # the names of changed files
    "debug_disconnect_websocket",
    "debug_shutdown_runtime",
}
OPERATIONS_LOOKED_AT = OPERATIONS | {"install_skills", "dismiss_skills_nudge"}  # both write files


class Session:
    """What `AppSession.handle_backmsg` is called on, with the claims of who signed in."""

    def __init__(self, claims, **state):
        self._user_info = claims
        self.session_state = state


@pytest.fixture
def handled(monkeypatch):
    """Return what got through to Streamlit."""
    through = []
    monkeypatch.setattr(AppSession, "handle_backmsg", lambda _session, message: through.append(message))
    messages.filter_messages(accept_from, lambda _language: None)
    messages.filter_messages(accept_from, lambda _language: None)  # another call changes nothing
    return through


@pytest.fixture
def _team(monkeypatch):
    monkeypatch.setenv("DASHBOARD_PROFILE", "team")
    monkeypatch.setenv("DASHBOARD_MEMBERS", '["@school.example"]')
    settings.cache_clear()
    yield
    settings.cache_clear()


def claims(**others):
    signed_in = {"is_logged_in": True, "iss": "https://accounts.example", "sub": "mina", "email": "mina@school.example"}
    return {**signed_in, "email_verified": True, "iat": time.time(), **others}


def of_kind(kind):
    message = BackMsg()
    if BackMsg.DESCRIPTOR.fields_by_name[kind].message_type is None:
        setattr(message, kind, True)
    else:
        getattr(message, kind).SetInParent()
    if kind == "backend_operation_request":
        message.backend_operation_request.deferred_file.file_id = "x"
    return message


def fields(descriptor, choice):
    return {field.name for field in descriptor.oneofs_by_name[choice].fields}


def test_every_kind_of_message_that_streamlit_knows_has_been_looked_at():
    assert fields(BackMsg.DESCRIPTOR, "type") == LOOKED_AT
    assert fields(BackendOperationRequest.DESCRIPTOR, "payload") == OPERATIONS_LOOKED_AT


@pytest.mark.parametrize("kind", sorted(LOOKED_AT))
def test_only_what_the_pages_need_gets_through(handled, kind):
    AppSession.handle_backmsg(Session({}), of_kind(kind))
    assert [message.WhichOneof("type") for message in handled] == [kind] * (
        kind in KINDS or kind == "backend_operation_request"
    )


@pytest.mark.parametrize("operation", sorted(OPERATIONS_LOOKED_AT))
def test_only_downloads_and_rows_of_tables_are_asked_for_beside_a_run(handled, operation):
    message = BackMsg()
    getattr(message.backend_operation_request, operation).SetInParent()
    AppSession.handle_backmsg(Session({}), message)
    assert len(handled) == (operation in OPERATIONS)


@pytest.mark.usefixtures("_team")
@pytest.mark.parametrize(
    "visitor",
    [{}, claims(email="stranger@evil.example"), claims(iat=0)],
    ids=["nobody", "not on the lists", "too long ago"],
)
@pytest.mark.parametrize("kind", sorted(LOOKED_AT))
def test_before_the_sign_in_only_what_its_page_needs_gets_through(handled, visitor, kind):
    AppSession.handle_backmsg(Session(visitor), of_kind(kind))
    assert [message.WhichOneof("type") for message in handled] == [kind] * (kind in BEFORE_SIGN_IN)


@pytest.mark.usefixtures("_team")
def test_who_signed_in_has_all_that_the_pages_need(handled):
    kinds = sorted(KINDS - OPERATIONS)
    for kind in kinds:
        AppSession.handle_backmsg(Session(claims()), of_kind(kind))
    assert [message.WhichOneof("type") for message in handled] == kinds


@pytest.mark.usefixtures("_team")
def test_before_the_sign_in_a_run_holds_the_widgets_of_its_page_alone(handled):
    message = BackMsg()
    asked = message.rerun_script
    asked.query_string, asked.page_name, asked.fragment_id, asked.is_auto_rerun = "lang=ko", "tokenizer", "f", True
    for key in ("lang", "sign_in_with_provider", "tokenizer_pasted", "None"):
        asked.widget_states.widgets.add(id=f"$$ID-0123-{key}", trigger_value=True)
    AppSession.handle_backmsg(Session({}), message)
    [left] = handled
    assert [each.id for each in left.rerun_script.widget_states.widgets] == [
        "$$ID-0123-lang",
        "$$ID-0123-sign_in_with_provider",
    ]
    assert (left.rerun_script.query_string, left.rerun_script.page_name) == ("lang=ko", "tokenizer")
    assert (left.rerun_script.fragment_id, left.rerun_script.is_auto_rerun) == ("", False)


@pytest.mark.parametrize(("met", "fragment"), [(False, ""), (True, "abc")])
def test_a_click_in_a_fragment_that_is_not_known_yet_draws_the_page(handled, met, fragment):
    message = BackMsg()
    message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = "abc", True
    AppSession.handle_backmsg(Session({}, **{SESSION_STARTED: True} if met else {}), message)
    [left] = handled
    assert (left.rerun_script.fragment_id, left.rerun_script.is_auto_rerun) == (fragment, met)


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (WidgetState(id="w", int_value=7), 7),
        (WidgetState(id="w", string_value="x"), 3),
        (WidgetState(id="w", double_value=float("nan")), 3),
        (WidgetState(id="w", json_value="{"), 3),
        (WidgetState(id="w", int_value=99), 3),
    ],
    ids=["its own", "another type", "no number", "no JSON", "what its own code refuses"],
)
def test_a_value_that_a_widget_cannot_have_is_none(monkeypatch, sent, taken):
    def read(value):
        if value == 99:
            raise ValueError
        return 3 if value is None else value

    monkeypatch.setattr(WStates, "__getitem__", getattr(WStates.__getitem__, "__wrapped__", WStates.__getitem__))
    messages.check_widget_values()
    messages.check_widget_values()  # another call changes nothing
    states = WStates()
    states.set_widget_metadata(WidgetMetadata("w", read, lambda value: value, "int_value"))
    states.set_widget_from_proto(sent)
    assert states["w"] == taken
