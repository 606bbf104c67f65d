"""A file under /media is for the sessions that were given it, while they are connected; in a team for their person."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient
from streamlit.runtime import media_file_manager
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_routes import create_media_routes
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from components.core.settings import settings
from components.server import exports
from components.server.exports import Exports, delete_unused, note_owner
from components.server.streamlit_internals import sessions

ORIGIN, SECRET = "http://testserver", "of-tests-" * 4
TEXT = ("text/plain", "main.0")


class Place:
    """A server's files, the sessions that are connected, and a browser."""

    def __init__(self, monkeypatch):
        self.connected = {}
        self.storage = MemoryMediaFileStorage("/media")
        self.files = MediaFileManager(self.storage)
        self._running = None
        for name in ("add", "execute_deferred"):
            monkeypatch.setattr(MediaFileManager, name, getattr(MediaFileManager, name))  # and back afterwards
        monkeypatch.setattr(exports, "_given", type(exports._given)(set))
        monkeypatch.setattr(sessions, "get_script_run_ctx", lambda: SimpleNamespace(session_id=self._running))
        monkeypatch.setattr(media_file_manager, "_get_session_id", lambda: self._running)
        monkeypatch.setattr(sessions, "get_instance", lambda: SimpleNamespace(media_file_mgr=self.files))
        monkeypatch.setattr(sessions, "connected_sessions", lambda: self.connected)
        sessions.record_owners(note_owner)
        sessions.record_owners(note_owner)  # another call changes nothing
        app = Starlette(routes=create_media_routes(self.storage, None), middleware=[Middleware(Exports)])
        self.browser = TestClient(app)

    def connect(self, session, claims=None):
        self.connected[session] = SimpleNamespace(_user_info=claims or {})

    def give(self, session, content=b"numbers"):
        """Return the address of a file that a run of this session shows."""
        self._running = session
        return self.files.add(content, *TEXT, file_name="x.txt", is_for_static_download=True)

    def make(self, session, content="numbers"):
        """Return the address of a file that a button of this session makes."""
        self._running = session
        return self.files.execute_deferred(self.files.add_deferred(lambda: content, *TEXT, "x.txt"))

    def end(self, session):
        """Do what Streamlit does as a session ends, and what we do some seconds later."""
        self.connected.pop(session, None)
        self.files.clear_session_refs(session)
        self.files.remove_orphaned_files()
        delete_unused()

    def status(self, address, *, cookie=None):
        headers = {} if cookie is None else {"Cookie": f"{USER_COOKIE_NAME}={cookie}"}
        return self.browser.get(address, headers=headers).status_code


@pytest.fixture
def place(monkeypatch):
    return Place(monkeypatch)


@pytest.fixture
def _team(monkeypatch):
    monkeypatch.setenv("DASHBOARD_PROFILE", "team")
    monkeypatch.setenv("DASHBOARD_MEMBERS", '["@school.example"]')
    monkeypatch.setattr(sessions, "get_origin_from_redirect_uri", lambda: ORIGIN)
    monkeypatch.setattr(starlette_websocket, "get_cookie_secret", lambda: SECRET)
    settings.cache_clear()
    yield
    settings.cache_clear()


def claims(who="mina", **others):
    person = {"iss": "https://accounts.example", "sub": who, "email": f"{who}@school.example", "email_verified": True}
    return {**person, "is_logged_in": True, "iat": time.time(), **others}


def cookie(said, *, secret=SECRET, origin=ORIGIN):
    return create_signed_value(secret, USER_COOKIE_NAME, json.dumps({**said, "origin": origin})).decode()


@pytest.mark.parametrize("way", [Place.give, Place.make])
def test_it_is_served_while_its_session_is_connected(place, way):
    place.connect("a")
    address = way(place, "a")
    answer = place.browser.get(address)
    assert (answer.status_code, answer.content) == (200, b"numbers")
    assert answer.headers["cache-control"] == "no-store"
    session = place.connected.pop("a")
    gone = place.browser.get(address)
    assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")
    place.connected["a"] = session  # the tab came back
    assert place.status(address) == 200


@pytest.mark.parametrize("way", [Place.give, Place.make])
def test_it_is_deleted_when_its_session_ends(place, way):
    place.connect("a")
    way(place, "a")
    place.end("a")
    assert (place.storage._files_by_id, place.files._file_metadata, exports._given) == ({}, {}, {})


@pytest.mark.parametrize("way", [Place.give, Place.make])
def test_sessions_with_the_same_file_share_it(place, way):
    place.connect("a")
    place.connect("b")
    assert (address := way(place, "a")) == way(place, "b")
    place.end("a")
    assert place.status(address) == 200
    place.end("b")
    assert place.status(address) == 404


def test_what_a_button_made_stays_while_others_click(place):
    place.connect("a")
    address = place.make("a")
    for _ in range(3):
        place.files.remove_orphaned_files()  # as after each run of anybody
    assert place.status(address) == 200


def test_an_unknown_file_is_not_found(place):
    assert place.status("/media/" + "0" * 56 + ".txt") == 404


def test_a_sub_path_is_kept_to(place):
    place.connect("a")
    address = place.give("a")
    routes = create_media_routes(place.storage, "dash")
    browser = TestClient(Starlette(routes=routes, middleware=[Middleware(Exports, root="/dash")]))
    assert browser.get(f"/dash{address}").headers["cache-control"] == "no-store"
    place.end("a")
    assert browser.get(f"/dash{address}").status_code == 404


@pytest.mark.usefixtures("_team")
def test_in_a_team_it_is_for_the_person_of_the_session(place):
    place.connect("a", claims())
    address = place.give("a")
    assert place.status(address) == 403
    assert place.status(address, cookie=cookie(claims())) == 200
    assert place.status(address, cookie=cookie(claims("other"))) == 404
    place.connect("b", claims("other"))
    place.give("b")
    assert place.status(address, cookie=cookie(claims("other"))) == 200


@pytest.mark.usefixtures("_team")
@pytest.mark.parametrize(
    "shown",
    [
        cookie(claims(), secret="x" * 36),
        cookie(claims(), origin="http://elsewhere.example"),
        cookie(claims(iat=time.time() - 13 * 3600)),
        cookie(claims(email="mina@evil.example")),
        cookie(claims(email_verified=False)),
        cookie(claims(is_logged_in=False)),
        "made-up",
    ],
    ids=["another secret", "another site", "too long ago", "not on the lists", "unverified", "signed out", "made up"],
)
def test_in_a_team_a_cookie_that_opens_no_page_opens_no_file(place, shown):
    place.connect("a", claims())
    assert place.status(place.give("a"), cookie=shown) == 403


@pytest.mark.usefixtures("_team")
def test_in_a_team_it_goes_with_the_sign_in_of_its_session(place):
    place.connect("a", claims())
    address = place.give("a")
    place.connected["a"]._user_info.clear()  # signed out
    assert place.status(address, cookie=cookie(claims())) == 404
