"""Streamlit's web server sends in portions and at once, and asks nobody for the addresses of this machine."""

from __future__ import annotations

import importlib
import socket

import pytest
import requests
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import config, net_util
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime import Runtime
from streamlit.web.server import server_util
from streamlit.web.server.starlette import starlette_server
from streamlit.web.server.starlette.starlette_server_config import WEBSOCKET_MAX_SEND_QUEUE_SIZE

from components.server.streamlit_internals import web_server
from components.server.streamlit_internals.web_server import (
    MOST_AT_ONCE,
    batch_messages,
    enable_tcp_nodelay,
    leave_own_addresses_unknown,
)


class Browser:
    """What the server knows of a browser, and what was written to it."""

    script_run_count = 0

    def __init__(self):
        self.client = self
        self.written = []

    def write_forward_msg(self, message):
        self.written.append(message)


@pytest.fixture
def _batched(monkeypatch):
    monkeypatch.setattr(AppSession, "flush_browser_queue", AppSession.flush_browser_queue)  # and back afterwards
    monkeypatch.setattr(Runtime, "_send_message", Runtime._send_message)
    batch_messages()
    batch_messages()  # another call changes nothing


class Gathered:
    """What a session holds for its browser."""

    def __init__(self, count):
        self._browser_queue = ForwardMsgQueue()
        for number in range(count):
            message = ForwardMsg(hash=str(number))
            message.session_event.script_changed_on_disk = True
            self._browser_queue.enqueue(message)


@pytest.mark.usefixtures("_batched")
@pytest.mark.parametrize("count", [0, 1, MOST_AT_ONCE, MOST_AT_ONCE + 1, 3 * MOST_AT_ONCE - 1])
def test_every_message_is_sent_in_its_order_in_as_few_turns_as_there_are_portions(count):
    session, browser = Gathered(count), Browser()
    portions = AppSession.flush_browser_queue(session)
    for portion in portions:
        Runtime._send_message(None, browser, portion)
    assert [message.hash for message in browser.written] == [str(number) for number in range(count)]
    assert len(portions) == -(-count // MOST_AT_ONCE)
    assert AppSession.flush_browser_queue(session) == []


def test_a_portion_is_far_from_what_streamlit_lets_wait_for_a_browser():
    assert 5 * MOST_AT_ONCE <= WEBSOCKET_MAX_SEND_QUEUE_SIZE


def accepted_without_delay() -> bool:
    with starlette_server._bind_socket("127.0.0.1", 0, 1) as server:
        server.setblocking(True)
        with socket.create_connection(server.getsockname()), server.accept()[0] as connection:
            return bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))


def test_each_connection_sends_at_once(monkeypatch):
    monkeypatch.setattr(starlette_server, "_bind_socket", starlette_server._bind_socket)  # and back afterwards
    assert not accepted_without_delay()  # else Streamlit does it itself by now, and ours can go
    enable_tcp_nodelay()
    assert accepted_without_delay()


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


def test_streamlit_still_asks_by_itself(asked):
    """Else ours can go."""
    assert not server_util.is_url_from_allowed_origins("http://evil.example")
    assert len(asked) == 2


def test_a_foreign_origin_is_refused_and_nobody_is_asked(asked):
    leave_own_addresses_unknown()
    assert not server_util.is_url_from_allowed_origins("http://evil.example")
    assert not server_util.is_url_from_allowed_origins("http://192.0.2.7")
    assert asked == []


def test_an_origin_that_the_operator_names_is_allowed(asked, monkeypatch):
    leave_own_addresses_unknown()
    options = {"server.corsAllowedOrigins": ["https://school.example"], "server.enableCORS": True}
    monkeypatch.setattr(config, "get_option", lambda name, plain=config.get_option: options.get(name, plain(name)))
    assert server_util.is_url_from_allowed_origins("https://school.example")
    assert asked == []


@pytest.mark.parametrize("base", ["", "team", "/a/b/"])
def test_a_page_sends_back_to_itself_without_the_slash(base):
    root = f"/{base.strip('/')}".rstrip("/")
    client = TestClient(Starlette(routes=web_server.slash_routes(["", "tokenizer"], base=base)), follow_redirects=False)
    answer = client.get(f"{root}/tokenizer/?text=a%26b&lang=ko")
    assert answer.status_code == 301
    assert answer.headers["location"] == "../tokenizer?text=a%26b&lang=ko"
    assert client.get(f"{root}/tokenizer/").headers["location"] == "../tokenizer"
    assert client.get(f"{root}/").status_code == 200


def test_the_redirect_never_leaves_the_site():
    client = TestClient(Starlette(routes=web_server.slash_routes(["tokenizer"])), follow_redirects=False)
    for path in ("//example.org/", "/example.org/", "/..%2f/", "/tokenizer//"):
        assert "location" not in client.get(path).headers


def test_the_front_page_is_streamlits_and_asks_before_it_fetches():
    page = web_server.front_page()
    assert '<div id="root"></div>' in page
    asks = page.index('location.pathname.endsWith("/")')
    assert all(asks < page.index(fetched) for fetched in ('href="', 'src="'))


def test_a_front_page_without_a_place_for_it_is_noticed(monkeypatch, tmp_path):
    (tmp_path / "index.html").write_text("<html></html>")
    monkeypatch.setattr(web_server.file_util, "get_static_dir", lambda: str(tmp_path))
    with pytest.raises(ValueError, match="no longer has one"):
        web_server.front_page()
