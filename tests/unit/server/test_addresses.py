"""Where the server listens is said, and names that are not its own are refused."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from streamlit import config

from components.server.addresses import LOOPBACK, KnownHosts, announcement, known_hosts

TEAM = {"profile": "team", "address": "0.0.0.0", "redirect_uri": "https://Dashboard.School.example/oauth2callback"}


async def socket(websocket):
    await websocket.accept()
    await websocket.close()


@pytest.fixture
def client():
    paths = ("/", "/healthz")
    app = Starlette(
        routes=[
            *(Route(path, lambda _request: PlainTextResponse("in")) for path in paths),
            WebSocketRoute("/stream", socket),
        ],
        middleware=[Middleware(KnownHosts, hosts=LOOPBACK | {"school.example"}, open_paths=["/healthz"])],
    )
    return TestClient(app)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8501", "[::1]:8501", "[::1]", "school.example", "SCHOOL.example.:443"]
)
def test_a_known_name_comes_in_with_any_port(client, host):
    assert client.get("/", headers={"Host": host}).text == "in"
    with client.websocket_connect("/stream", headers={"Host": host}):
        pass


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8501", "localhost.evil.example", "127.0.0.1.evil.example", "", "[::2]:8501"]
)
def test_another_name_is_refused_and_told_what_to_set(client, host):
    refused = client.get("/", headers={"Host": host})
    assert refused.status_code == 421
    assert "DASHBOARD_HOSTS" in refused.text
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/stream", headers={"Host": host}):
        pass


def test_what_watches_the_machine_asks_under_any_name(client):
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8501"}).text == "in"


def test_a_team_is_known_by_the_name_it_signs_in_at():
    assert known_hosts((), **TEAM) == LOOPBACK | {"dashboard.school.example"}


def test_what_the_operator_names_holds_in_every_profile():
    for profile in ("class", "studio", "team"):
        assert known_hosts(("A.example",), **{**TEAM, "profile": profile}) == LOOPBACK | {"a.example"}


def test_a_server_for_this_machine_alone_has_no_other_name():
    assert known_hosts((), profile="class", address="127.0.0.1") == LOOPBACK
    assert known_hosts((), profile="class", address="::1") == LOOPBACK


def test_a_server_for_the_network_and_one_behind_studios_proxy_take_any_name():
    assert known_hosts((), profile="class", address="0.0.0.0") is None
    assert known_hosts((), profile="studio", address="127.0.0.1") is None


def test_unless_told_otherwise_it_listens_on_this_machine_alone():
    config.get_config_options(force_reparse=True)
    assert config.get_option("server.address") == "127.0.0.1"


@pytest.mark.parametrize(
    ("address", "opened", "reached"),
    [
        ("127.0.0.1", "http://localhost:8501 ", "only this machine reaches it"),
        ("", "http://localhost:8501 ", "on all addresses of this machine: everybody who reaches it can use it"),
        ("0.0.0.0", "http://localhost:8501 ", "on all addresses of this machine: everybody who reaches it can use it"),
        ("10.0.0.7", "http://10.0.0.7:8501 ", "on 10.0.0.7: everybody who reaches it can use it"),
        ("fd00::7", "http://[fd00::7]:8501 ", "on fd00::7: everybody who reaches it can use it"),
    ],
)
def test_the_start_says_what_to_open_and_who_reaches_it(address, opened, reached):
    said = announcement(address, 8501)
    assert opened in said
    assert reached in said


def test_the_start_of_a_team_names_its_path_and_does_not_warn():
    said = announcement("0.0.0.0", 443, base="/team/", https=True, signs_in=True)
    assert said.startswith("Open https://localhost:443/team ")
    assert "visitors sign in" in said
