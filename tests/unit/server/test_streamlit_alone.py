"""What Streamlit does by itself, where `components/server/streamlit_internals` does something else.

A test that fails here after an update says one of two things: Streamlit does by now what is done there, so that it can
go, or the private part that it uses has changed, so that it has to be read again. Each test names the functions whose
reason it is; docs/upstream.md has a section for each of them.
"""

from __future__ import annotations

import asyncio
import builtins
import importlib
import inspect
import logging
import re
import socket
import sys
from types import SimpleNamespace

import pytest
import requests
import streamlit as st
import uvicorn
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import config, net_util
from streamlit.commands import page_config
from streamlit.error_util import handle_uncaught_app_exception
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.state.common import WidgetMetadata
from streamlit.runtime.state.session_state import WStates
from streamlit.runtime.stats import CACHE_MEMORY_FAMILY
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest
from streamlit.web import cli
from streamlit.web.server import server_util
from streamlit.web.server.starlette import starlette_auth_routes, starlette_server
from streamlit.web.server.starlette.starlette_routes import create_media_routes

from components.server import html_pages
from components.server.streamlit_internals import replace, sessions, web_server
from components.ui import look


def plain(owner, name):
    """Return Streamlit's own function, also after another test has replaced it."""
    found = getattr(owner, name)
    return found.__wrapped__ if hasattr(found, "is_replaced") else found


def test_a_function_is_replaced_once():
    owner = SimpleNamespace(double=lambda number: 2 * number)
    for _ in range(2):
        replace(owner, "double", lambda plain, number: plain(number) + 1)
    assert owner.double(3) == 7


# messages


def test_a_message_that_clears_the_caches_of_all_visitors_is_acted_on():
    """`filter_messages`."""
    acted = []
    session = SimpleNamespace(_handle_clear_cache_request=lambda: acted.append("cleared"))
    plain(AppSession, "handle_backmsg")(session, BackMsg(clear_cache=True))
    assert acted == ["cleared"]


@pytest.mark.parametrize(("known", "runs"), [(True, 1), (False, 0)])
def test_a_click_in_a_fragment_that_is_not_known_is_dropped(known, runs):
    """`filter_messages`: a session that has drawn nothing knows no fragment."""
    made = []
    session = SimpleNamespace(
        _state=AppSessionState.APP_NOT_RUNNING,
        _scriptrunner=None,
        has_fragment=lambda _id: known,
        _create_scriptrunner=made.append,
    )
    plain(AppSession, "request_rerun")(session, ClientState(fragment_id="abc"))
    assert len(made) == runs


def test_a_value_of_another_type_is_handed_to_the_widget():
    """`check_widget_values`."""
    states = WStates()
    states.set_widget_metadata(WidgetMetadata("w", lambda value: value, lambda value: value, "int_value"))
    states.set_widget_from_proto(WidgetState(id="w", string_value="x"))
    assert plain(WStates, "__getitem__")(states, "w") == "x"


def test_the_server_is_woken_for_each_message_of_a_run():
    """`batch_messages`: and gives everything else a turn after each."""
    woken = []
    session = SimpleNamespace(
        _state=AppSessionState.APP_IS_RUNNING,
        _browser_queue=ForwardMsgQueue(),
        _message_enqueued_callback=lambda: woken.append(None),
    )
    for _ in range(3):
        plain(AppSession, "_enqueue_forward_msg")(session, ForwardMsg(page_not_found={}))
    assert len(woken) == 3
    assert [type(each) for each in plain(AppSession, "flush_browser_queue")(session)] == [ForwardMsg] * 3
    loop = inspect.getsource(Runtime._loop_coroutine)
    assert re.search(r"for msg in msg_list:.*self\._send_message\(.*asyncio\.sleep\(0\)", loop, re.DOTALL)


# web_server


def test_a_server_of_an_app_reads_no_command_line():
    """`read_options`: what it was given can be checked before it takes the port."""
    assert list(inspect.signature(st.App.run).parameters) == ["self", "config"]
    [port] = [each for each in cli.main_run.params if each.name == "server_port"]
    assert port.opts == ["--server.port"]
    assert "_main_script_path" in vars(config)


def accepted_without_delay() -> bool:
    with starlette_server._bind_socket("127.0.0.1", 0, 1) as server:
        server.setblocking(True)
        with socket.create_connection(server.getsockname()), server.accept()[0] as connection:
            return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def test_a_connection_holds_small_writes_back(monkeypatch):
    """`enable_tcp_nodelay`."""
    monkeypatch.setattr(starlette_server, "_bind_socket", plain(starlette_server, "_bind_socket"))
    assert not accepted_without_delay()
    web_server.enable_tcp_nodelay()
    assert accepted_without_delay()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no uvloop")
def test_uvloop_holds_nothing_back_and_is_what_the_server_runs_on(monkeypatch):
    """`enable_tcp_nodelay`: it is there for asyncio's own loop."""
    import uvloop

    monkeypatch.setattr(starlette_server, "_bind_socket", plain(starlette_server, "_bind_socket"))
    accepted = []

    class Connection(asyncio.Protocol):
        def connection_made(self, transport):
            options = transport.get_extra_info("socket")
            accepted.append(
                (type(asyncio.get_running_loop()), options.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            )

    async def accept():
        bound = starlette_server._bind_socket("127.0.0.1", 0, 1)
        async with await asyncio.get_running_loop().create_server(Connection, sock=bound):
            _reader, writer = await asyncio.open_connection(*bound.getsockname())
            while not accepted:
                await asyncio.sleep(0)
            writer.close()

    assert "loop" not in starlette_server._get_uvicorn_config_kwargs()
    with asyncio.Runner(loop_factory=uvicorn.Config(None).get_loop_factory()) as runner:
        runner.run(accept())
    assert accepted == [(uvloop.Loop, 1)]


@pytest.fixture
def asked(monkeypatch):
    """Return what is asked over the network; nothing is answered."""
    addresses = []

    def get(url, **_options):
        addresses.append(url)
        raise requests.ConnectionError

    monkeypatch.setattr(requests, "get", get)
    for name in ("get_external_ip", "get_internal_ip"):
        monkeypatch.setattr(net_util, name, getattr(net_util, name))  # and back afterwards
    importlib.reload(net_util)  # a page that was drawn in this process has replaced them
    monkeypatch.setattr(net_util, "_internal_ip", "192.0.2.7")
    return addresses


def test_a_foreign_origin_has_the_network_asked(asked):
    """`leave_own_addresses_unknown`."""
    assert not server_util.is_url_from_allowed_origins("http://evil.example")
    assert len(asked) == 2
    asked.clear()
    web_server.leave_own_addresses_unknown()
    assert not server_util.is_url_from_allowed_origins("http://evil.example")
    assert not server_util.is_url_from_allowed_origins("http://192.0.2.7")
    assert asked == []


def test_an_origin_that_the_operator_names_is_allowed(asked, monkeypatch):
    """`leave_own_addresses_unknown`: it takes nothing away that is wanted."""
    web_server.leave_own_addresses_unknown()
    options = {"server.corsAllowedOrigins": ["https://school.example"], "server.enableCORS": True}
    monkeypatch.setattr(config, "get_option", lambda name, plain=config.get_option: options.get(name, plain(name)))
    assert server_util.is_url_from_allowed_origins("https://school.example")
    assert asked == []


def test_an_icon_that_is_an_address_loads_numpy_and_pillow(monkeypatch):
    """`take_data_as_icon`."""
    monkeypatch.setattr(page_config, "_get_favicon_string", plain(page_config, "_get_favicon_string"))
    imported = []

    def note(name, *given, plain=builtins.__import__, **named):
        imported.append(name)
        return plain(name, *given, **named)

    with monkeypatch.context() as noting:
        noting.setattr(builtins, "__import__", note)
        page_config._get_favicon_string(look.icon())
    assert {"numpy", "PIL"} <= set(imported)
    imported.clear()
    web_server.take_data_as_icon()
    with monkeypatch.context() as noting:
        noting.setattr(builtins, "__import__", note)
        assert page_config._get_favicon_string(look.icon()) == look.icon()
        assert imported == []
    assert page_config._get_favicon_string(":material/home:") == ":material/home:"


def test_a_provider_is_asked_for_a_choice_of_accounts_and_never_for_its_claims(monkeypatch):
    """`adapt_sign_in`."""
    provider = {"client_id": "a", "client_secret": "b", "server_metadata_url": "https://accounts.example/x"}
    section = SimpleNamespace(to_dict=lambda: {"one": dict(provider)}, get=lambda _name, default=None: default)
    monkeypatch.setattr(starlette_auth_routes, "get_secrets_auth_section", lambda: section)
    monkeypatch.setattr(
        starlette_auth_routes, "get_redirect_uri", lambda _section: "https://app.example/oauth2callback"
    )
    make = plain(starlette_auth_routes, "_create_streamlit_oauth_class")
    monkeypatch.setattr(starlette_auth_routes, "_create_streamlit_oauth_class", make)
    client, _address = starlette_auth_routes._create_oauth_client("one")
    assert client.client_kwargs["prompt"] == "select_account"
    assert "await client.userinfo(" not in inspect.getsource(starlette_auth_routes)


def test_what_is_changed_of_the_sign_in_is_what_its_routes_use(monkeypatch):
    """`adapt_sign_in`."""
    names = ("_create_streamlit_oauth_class", "_get_provider_logout_url", "get_validated_redirect_uri")
    for name in names:
        monkeypatch.setattr(starlette_auth_routes, name, plain(starlette_auth_routes, name))  # and back afterwards
    source = inspect.getsource(starlette_auth_routes)
    assert all(re.search(rf"(?<!def ){name}\(", source) for name in names)
    web_server.adapt_sign_in(lambda clients: clients, lambda: "https://app.example/")
    assert all(hasattr(getattr(starlette_auth_routes, name), "is_replaced") for name in names)
    assert starlette_auth_routes.get_validated_redirect_uri() == "https://app.example/"


def test_the_page_names_no_code_of_elements():
    """`html_pages.page_html`."""
    page = (html_pages.STATIC / "index.html").read_text("utf-8")
    assert not [element for element in html_pages.ON_EVERY_PAGE if f"/{element}." in page]
    assert "BACKEND_BASE_URL" not in page


# sessions


def test_the_attributes_are_set_where_streamlit_makes_them():
    """`connected_sessions`, `claims_of`, `end_expired_sessions`, `try_script`."""
    assert "_session_mgr" in Runtime.__init__.__code__.co_names
    assert "_user_info" in AppSession.__init__.__code__.co_names
    assert "_cache" in MemorySessionStorage.__init__.__code__.co_names
    assert callable(Runtime.does_script_run_without_error)


def test_a_session_whose_time_is_over_is_not_ended():
    """`end_expired_sessions`: Streamlit forgets it with the next tab that closes, and Python collects it some time."""
    ended, times_s = [], [0.0]
    storage = MemorySessionStorage(ttl_seconds=120)
    storage._cache._timer = lambda: times_s[-1]
    for name in ("left", "next"):
        session = SimpleNamespace(id=name, shutdown=lambda name=name: ended.append(name))
        storage.save(SimpleNamespace(session=session))
        times_s.append(121.0)
    assert (ended, [info.session.id for info in storage.list()]) == ([], ["next"])
    assert storage._cache._on_remove is None


def test_the_cookies_are_read_by_what_the_websocket_uses():
    """`claims_in`, `browser_token`, `this_session_id`: `st.user` and `st.context` answer inside of a run alone."""
    source = inspect.getsource(sessions.starlette_websocket)
    for name in ("_get_signed_cookie_with_chunks", "_parse_decoded_user_cookie"):
        assert source.count(f"{name}(") > 1, name
    assert st.user.to_dict() == {}
    assert sessions.this_session_id() is None


def test_to_count_the_memory_of_caches_is_a_number_among_others():
    """`read_stats`: it walks through every object, models among them."""
    from streamlit.runtime.caching import get_resource_cache_stats_provider

    assert CACHE_MEMORY_FAMILY in get_resource_cache_stats_provider().stats_families


def test_streamlit_logs_what_a_script_raises(monkeypatch):
    """`silence_script_errors`: and nothing else is silenced."""
    logger, written, handler = logging.getLogger("streamlit.error_util"), [], logging.Handler()
    monkeypatch.setattr(logger, "filters", [])
    monkeypatch.setattr(logger, "handlers", [handler])
    handler.emit = lambda record: written.append(record.getMessage())
    handle_uncaught_app_exception(ValueError("x"))
    assert len(written) == 1
    sessions.silence_script_errors()
    handle_uncaught_app_exception(ValueError("x"))
    logger.error("something else")
    assert written[1:] == ["something else"]


def test_a_click_in_a_fragment_waits_for_the_end_of_the_run():
    """`is_superseded`."""
    requests_of_session = ScriptRequests()
    requests_of_session.request_rerun(RerunData(fragment_id="a", fragment_id_queue=[]))
    assert requests_of_session.on_scriptrunner_yield() is None
    requests_of_session.request_rerun(RerunData())
    assert requests_of_session.on_scriptrunner_yield() is not None


def app_alone() -> None:
    import streamlit as st

    presses = st.session_state.setdefault("presses", [])
    if st.button("Press", on_click=presses.append, args=("callback",)):
        presses.append("body")


def test_a_new_session_loses_the_callback_of_an_older_tabs_click():
    """`stash_widget_state`, `replay_widget_state`."""
    older = AppTest.from_function(app_alone).run()
    older.button[0].click()
    at = AppTest.from_function(app_alone)._run(older._tree.get_widget_states())
    assert at.session_state["presses"] == ["body"]


@pytest.fixture
def files(monkeypatch):
    """Return Streamlit's files, and a browser that nobody knows."""
    for name in ("add", "execute_deferred"):
        monkeypatch.setattr(MediaFileManager, name, plain(MediaFileManager, name))
    storage = MemoryMediaFileStorage("/media")
    return MediaFileManager(storage), TestClient(Starlette(routes=create_media_routes(storage, None)))


def test_a_file_is_served_to_anybody(files):
    """`record_owners`, `file_id`."""
    manager, browser = files
    address = manager.add(b"x", "text/plain", "main.0", file_name="x.txt", is_for_static_download=True)
    assert browser.get(address).status_code == 200
    assert manager.read_file(sessions.file_id(address)).content == b"x"


def test_what_a_button_made_is_left_unused_and_deleted_with_the_second_run_of_anybody(files):
    """`record_owners`, `delete_unused_files`."""
    manager, browser = files
    address = manager.execute_deferred(manager.add_deferred(lambda: "x", "text/plain", "main.0", "x.txt"))
    statuses = [browser.get(address).status_code]
    for _ in range(2):
        manager.remove_orphaned_files()
        statuses.append(browser.get(address).status_code)
    assert statuses == [200, 200, 404]


def test_a_session_may_upload_as_much_as_it_likes(monkeypatch):
    """`uploaded_bytes`, `delete_upload`."""
    manager = MemoryUploadedFileManager("/upload")
    for number in range(9):
        manager.add_file("a", UploadedFileRec(f"f{number}", "x", "text/plain", b"x" * number))
    monkeypatch.setattr(sessions, "get_instance", lambda: SimpleNamespace(uploaded_file_mgr=manager))
    assert sessions.uploaded_bytes() == {"a": {f"f{number}": number for number in range(9)}}
    sessions.delete_upload("a", "f0")
    assert list(sessions.uploaded_bytes()["a"]) == [f"f{number}" for number in range(1, 9)]
