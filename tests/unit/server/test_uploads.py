"""What visitors upload is bounded for each session and for all together, before it is read."""

from __future__ import annotations

import asyncio
from functools import partial
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import FileURLsRequest
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.web.server.starlette import starlette_routes

from components.core.settings import settings
from components.server import uploads
from components.server.browser_messages import accept_from
from components.server.streamlit_internals import messages, sessions
from components.server.uploads import UploadBounds, refuse_when_full
from tests import event_loop

ADDRESS = "/_stcore/upload_file"


class Place:
    """A server that takes files, with Streamlit's own route behind the bounds, and a browser."""

    def __init__(self, monkeypatch):
        self.manager = MemoryUploadedFileManager(ADDRESS)
        self.sessions = {}
        runtime = SimpleNamespace(uploaded_file_mgr=self.manager, is_active_session=self.sessions.__contains__)
        monkeypatch.setattr(sessions, "get_instance", lambda: runtime)
        monkeypatch.setattr(sessions, "connected_sessions", lambda: self.sessions)
        monkeypatch.setattr(starlette_routes, "is_xsrf_enabled", lambda: False)
        routes = starlette_routes.create_upload_routes(runtime, self.manager, None)
        self.app = Starlette(routes=routes, middleware=[Middleware(UploadBounds)])
        self.browser = TestClient(self.app)

    def connect(self, *names, claims=None):
        for name in names:
            self.sessions[name] = SimpleNamespace(_user_info=claims or {})

    def upload(self, session, file, content=b"x"):
        return self.browser.put(f"{ADDRESS}/{session}/{file}", files={file: (file, content)}).status_code

    def kept(self, session):
        return list(self.manager.file_storage.get(session, {}))


@pytest.fixture
def place(monkeypatch):
    place = Place(monkeypatch)
    yield place
    assert uploads._arriving == {}


@pytest.fixture
def small(monkeypatch):
    """Bounds that a test can reach: three sessions' worth for all."""
    monkeypatch.setattr(uploads, "SESSION_BYTES", 2000)
    monkeypatch.setattr(uploads, "ALL_BYTES", 5000)


@pytest.fixture
def _team(monkeypatch):
    monkeypatch.setenv("DASHBOARD_PROFILE", "team")
    monkeypatch.setenv("DASHBOARD_MEMBERS", '["@school.example"]')
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_session_keeps_its_newest_files(place):
    place.connect("a", "b")
    assert place.upload("b", "other") == 204
    assert [place.upload("a", f"f{number}") for number in range(25)] == [204] * 25
    assert place.kept("a") == ["f22", "f23", "f24"]
    assert place.kept("b") == ["other"]


@pytest.mark.usefixtures("small")
def test_a_session_keeps_so_many_bytes(place):
    place.connect("a")
    for file, size in (("first", 900), ("second", 900), ("third", 900)):
        assert place.upload("a", file, b"x" * size) == 204
    assert place.kept("a") == ["second", "third"]


def test_the_largest_file_fits_into_a_session_and_beside_a_full_one():
    assert uploads.most_bytes() <= uploads.SESSION_BYTES
    assert uploads.SESSION_BYTES + uploads.most_bytes() <= uploads.ALL_BYTES


@pytest.mark.usefixtures("small")
def test_all_together_keep_so_many_bytes_and_what_is_taken_out_or_leaves_makes_room(place):
    place.connect("a", "b", "c")
    assert [place.upload(each, "file", b"x" * 1800) for each in "abc"] == [204, 204, 503]
    assert (place.kept("c"), place.manager._total_bytes) == ([], 3600)
    assert place.browser.delete(f"{ADDRESS}/a/file").status_code == 204
    assert place.upload("c", "file", b"x" * 1800) == 204
    assert place.upload("a", "file", b"x" * 1800) == 503
    place.manager.remove_session_files("b")  # as Streamlit does when a session ends
    assert place.upload("a", "file", b"x" * 1800) == 204


def test_a_file_without_a_declared_length_counts_as_the_largest(place, monkeypatch):
    place.connect("a")

    def in_chunks():
        yield b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
        yield b"x\r\n--b--\r\n"

    def chunked():
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        return place.browser.put(f"{ADDRESS}/a/f", content=in_chunks(), headers=headers).status_code

    assert chunked() == 204
    monkeypatch.setattr(uploads, "ALL_BYTES", uploads.most_bytes())
    assert chunked() == 503  # one byte is kept already
    assert place.kept("a") == ["f"]


async def put(app, session, file, receive):
    """Send a request whose body comes from `receive`, and return the status of the answer."""
    statuses = []

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"content-type", b"multipart/form-data; boundary=b"), (b"content-length", b"900")]
    scope = {"type": "http", "method": "PUT", "path": f"{ADDRESS}/{session}/{file}", "headers": headers}
    await app({**scope, "query_string": b"", "http_version": "1.1", "root_path": ""}, receive, send)
    return statuses[0]


@pytest.mark.usefixtures("small")
def test_what_arrives_counts_before_it_is_there(place):
    place.connect("a", "b", "c", "d")

    async def slowly():
        goes_on = asyncio.Event()

        async def waits():
            await goes_on.wait()
            return {"type": "http.disconnect"}

        async def nothing():
            return {"type": "http.request", "body": b"", "more_body": False}

        slow = [asyncio.create_task(put(place.app, each, f"f{number}", waits)) for each in "ab" for number in (1, 2)]
        await asyncio.sleep(0)
        while len(uploads._arriving) < 4:
            await asyncio.sleep(0)
        third = await put(place.app, "a", "f3", nothing)
        fifth_of_all = [await put(place.app, each, "f", nothing) for each in "cd"]
        slow.append(asyncio.create_task(put(place.app, "c", "f", waits)))
        while len(uploads._arriving) < 5:
            await asyncio.sleep(0)
        sixth_of_all = await put(place.app, "d", "f", nothing)
        goes_on.set()
        await asyncio.gather(*slow, return_exceptions=True)
        return third, fifth_of_all, sixth_of_all

    assert event_loop.run(slowly()) == (429, [400, 400], 503)


def test_a_file_that_takes_too_long_makes_room_again(place, monkeypatch):
    place.connect("a")
    monkeypatch.setattr(uploads, "WITHIN_S", 0.01)

    async def never():
        await asyncio.Event().wait()

    assert event_loop.run(put(place.app, "a", "f", never)) == 408


def test_a_file_whose_session_went_while_it_arrived_is_not_kept(place):
    place.connect("a")
    body = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--b--\r\n'

    async def leave_meanwhile():
        place.sessions.clear()
        return {"type": "http.request", "body": body, "more_body": False}

    assert event_loop.run(put(place.app, "a", "f", leave_meanwhile)) == 204
    assert place.kept("a") == []


@pytest.mark.usefixtures("_team")
def test_in_a_team_nobody_uploads_before_the_sign_in(place):
    place.connect("a")
    assert place.upload("a", "file") == 403
    assert place.kept("a") == []


@pytest.mark.parametrize(
    ("language", "begins"), [("en", "No file can"), ("ko", "지금은 파일을"), ("xx", "No file can")]
)
def test_an_uploader_says_that_there_is_no_room(place, monkeypatch, language, begins):
    monkeypatch.setattr(AppSession, "handle_backmsg", AppSession.handle_backmsg)  # and back afterwards
    messages.filter_messages(accept_from, refuse_when_full)
    said = []
    session = SimpleNamespace(
        id="a",
        session_state={"lang": language},
        _user_info={},
        _uploaded_file_mgr=place.manager,
        _enqueue_forward_msg=said.append,
    )
    session._handle_file_urls_request = partial(AppSession._handle_file_urls_request, session)

    def ask():
        message = BackMsg(file_urls_request=FileURLsRequest(request_id="1", file_names=["x.json"]))
        AppSession.handle_backmsg(session, message)
        return said.pop().file_urls_response

    assert (ask().error_msg, len(ask().file_urls)) == ("", 1)
    monkeypatch.setattr(uploads, "ALL_BYTES", uploads.most_bytes() - 1)
    answer = ask()
    assert (answer.response_id, len(answer.file_urls)) == ("1", 0)
    assert answer.error_msg.startswith(begins)
