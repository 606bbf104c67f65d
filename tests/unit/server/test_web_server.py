"""Streamlit's web server sends in portions and at once, and asks nobody for the addresses of this machine."""

from __future__ import annotations

import asyncio
import importlib
import re
import socket
from pathlib import Path

import pytest
import requests
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import config, file_util, net_util
from streamlit.commands import page_config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.runtime.runtime import Runtime
from streamlit.web.server import server_util
from streamlit.web.server.starlette import starlette_server
from streamlit.web.server.starlette.starlette_server_config import WEBSOCKET_MAX_SEND_QUEUE_SIZE

from components.server.streamlit_internals import web_server
from components.server.streamlit_internals.web_server import (
    HOLD_S,
    MOST_AT_ONCE,
    batch_messages,
    enable_tcp_nodelay,
    leave_own_addresses_unknown,
)
from components.ui import look
from components.ui.fetched_script import TENSOR_VIEW, script_address


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
    monkeypatch.setattr(AppSession, "_enqueue_forward_msg", AppSession._enqueue_forward_msg)
    monkeypatch.setattr(Runtime, "_send_message", Runtime._send_message)
    batch_messages()
    batch_messages()  # another call changes nothing


def message(number):
    made = ForwardMsg(hash=str(number))
    made.session_event.script_changed_on_disk = True
    return made


class Gathered:
    """What a session holds for its browser."""

    def __init__(self, count):
        self._state = AppSessionState.APP_NOT_RUNNING
        self._browser_queue = ForwardMsgQueue()
        for number in range(count):
            self._browser_queue.enqueue(message(number))

    def begin(self):
        """Run in a loop, and write down when that is told that there is something to send."""
        self.told = 0
        self._event_loop = asyncio.get_running_loop()
        self._state = AppSessionState.APP_IS_RUNNING

    def _message_enqueued_callback(self):
        self.told += 1


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


@pytest.mark.usefixtures("_batched")
def test_what_a_run_sends_waits_for_its_end():
    async def run():
        session = Gathered(0)
        session.begin()
        for number in range(3):
            AppSession._enqueue_forward_msg(session, message(number))
        assert AppSession.flush_browser_queue(session) == []  # also when another session had the loop woken
        assert session.told == 0
        session._state = AppSessionState.APP_NOT_RUNNING
        AppSession._enqueue_forward_msg(session, message(3))
        assert session.told == 1
        [portion] = AppSession.flush_browser_queue(session)
        assert [each.hash for each in portion] == ["0", "1", "2", "3"]

    asyncio.run(run())


@pytest.mark.usefixtures("_batched")
def test_nobody_is_woken_for_what_was_sent():
    async def run():
        session = Gathered(0)
        session.begin()
        AppSession._enqueue_forward_msg(session, message(0))
        session._state = AppSessionState.APP_NOT_RUNNING
        assert AppSession.flush_browser_queue(session) != []
        await asyncio.sleep(3 * HOLD_S)
        assert session.told == 0

    asyncio.run(run())


@pytest.mark.usefixtures("_batched")
def test_a_long_run_is_seen_at_work():
    async def run():
        session = Gathered(0)
        session.begin()
        for number in range(2):
            AppSession._enqueue_forward_msg(session, message(number))
            while session.told == number:
                await asyncio.sleep(HOLD_S / 10)
            [portion] = AppSession.flush_browser_queue(session)
            assert [each.hash for each in portion] == [str(number)]

    asyncio.run(asyncio.wait_for(run(), 60))


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
    client = TestClient(Starlette(routes=web_server.page_routes(["", "tokenizer"], base=base)), follow_redirects=False)
    answer = client.get(f"{root}/tokenizer/?text=a%26b&lang=ko")
    assert answer.status_code == 301
    assert answer.headers["location"] == "../tokenizer?text=a%26b&lang=ko"
    assert client.get(f"{root}/tokenizer/").headers["location"] == "../tokenizer"
    assert client.get(f"{root}/").status_code == 200


def test_the_redirect_never_leaves_the_site():
    app = Starlette(routes=web_server.page_routes(["tokenizer"]))
    app.router.redirect_slashes = False  # Streamlit's route for files comes after these and leaves it nothing to do
    client = TestClient(app, follow_redirects=False)
    for path in ("//example.org/", "/example.org/", "/..%2f/", "/tokenizer//"):
        assert "location" not in client.get(path).headers


@pytest.mark.parametrize("is_front", [True, False])
def test_a_page_is_streamlits_and_says_first_where_the_server_is(is_front):
    page = web_server.page_html(is_front=is_front)
    assert '<div id="root"></div>' in page
    ours = page.index("BACKEND_BASE_URL")
    assert all(ours < page.index(fetched) for fetched in ('href="', 'src="'))
    assert ('location.pathname.endsWith("/")' in page[:ours]) is is_front


@pytest.mark.parametrize("base", ["", "team", "/a/b/"])
def test_pages_are_served_under_their_names_and_no_other(base):
    root = f"/{base.strip('/')}".rstrip("/")
    client = TestClient(Starlette(routes=web_server.page_routes(["", "tokenizer"], base=base)))
    answer = client.get(f"{root}/tokenizer")
    assert answer.text == web_server.page_html(is_front=False)
    assert answer.headers["cache-control"] == "no-cache"
    assert client.get(f"{root}/").text == web_server.page_html(is_front=True)
    assert client.get(f"{root}/nowhere").status_code == 404


def test_streamlit_still_reads_where_the_server_is():
    """Else the page names it for nobody."""
    scripts = Path(file_util.get_static_dir(), "static", "js").glob("index.*.js")
    assert any(
        "window.__streamlit" in (text := each.read_text("utf-8")) and "BACKEND_BASE_URL" in text for each in scripts
    )


@pytest.mark.parametrize("is_front", [True, False])
def test_what_pages_draw_first_is_fetched_early_with_what_it_imports(is_front):
    page = web_server.page_html(is_front=is_front)
    assert (f'href="./{script_address(TENSOR_VIEW)}"' in page) is not is_front
    elements = (*web_server.ON_EVERY_PAGE, *(() if is_front else web_server.ON_OTHER_PAGES))
    named = re.findall(r'href="\./static/js/([^"]+)"', page)
    assert len(named) == len(set(named))
    folder = Path(file_util.get_static_dir(), "static", "js")
    for element in elements:
        [script] = [name for name in named if name.startswith(f"{element}.")]
        imported = re.findall(r"from\s*[`'\"]\./([^`'\"]+)[`'\"]", (folder / script).read_text("utf-8"))
        assert imported
        assert not [name for name in imported if name not in named and not name.startswith("index.")]


@pytest.mark.parametrize("is_front", [True, False])
def test_react_is_found_before_it_is_used(is_front):
    page = web_server.page_html(is_front=is_front)
    ours = page.index("react.lazy = ")
    assert re.search(r'import \* as exported from "\./static/js/[\w.-]+\.js"', page[:ours])
    assert ours < page.index('<script type="module" crossorigin src="./static/js/index.')


def test_without_react_in_a_script_of_its_own_nothing_is_done_early(tmp_path):
    for name in ("a.js", "b.js"):
        (tmp_path / name).write_text("e.lazy=f")
    (tmp_path / "c.js").write_text("")
    assert web_server._react(tmp_path, ["a.js", "b.js", "c.js"]) is None
    assert web_server._react(tmp_path, ["a.js", "c.js"]) == "a.js"
    assert web_server._react(tmp_path, ["c.js"]) is None


def test_what_a_browser_fetches_first_is_in_memory():
    files = web_server.first_files("/team")
    assert all(path.is_file() for path in files.values())
    for is_front in (True, False):
        named = re.findall(
            r'(?:href|src)="\./([^"]+\.(?:js|css)(?:\?[^"]*)?)"', web_server.page_html(is_front=is_front)
        )
        assert named
        assert {f"/team/{each}" for each in named} <= files.keys()


def test_an_icon_that_is_an_address_needs_no_numpy(monkeypatch):
    monkeypatch.setattr(page_config, "_get_favicon_string", None)
    monkeypatch.setattr(web_server, "_favicon", lambda icon: f"asked Streamlit for {icon}")
    web_server.take_data_as_icon()
    assert page_config._get_favicon_string(look.icon()) == look.icon()
    assert page_config._get_favicon_string("x.svg") == "asked Streamlit for x.svg"


def test_an_element_that_is_gone_is_not_fetched(tmp_path):
    (tmp_path / "Html.1.js").write_text('import{a}from"./b.2.js";import"./c.3.js"')
    (tmp_path / "b.2.js").write_text('import{d}from"./Html.1.js"')
    assert web_server.early_scripts(["Html", "Gone"], tmp_path, fetched=["c.3.js"]) == ["Html.1.js", "b.2.js"]


@pytest.mark.parametrize("page", ["<html></html>", '<meta charset="UTF-8" />'])
def test_a_page_without_a_place_for_ours_is_noticed(monkeypatch, tmp_path, page):
    (tmp_path / "index.html").write_text(page)
    monkeypatch.setattr(web_server.file_util, "get_static_dir", lambda: str(tmp_path))
    with pytest.raises(ValueError, match="no longer has one"):
        web_server.page_html.__wrapped__(is_front=False)
