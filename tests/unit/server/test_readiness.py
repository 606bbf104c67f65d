"""Whether visitors should be sent here, and which part says no."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components.models.errors import CorruptFile
from components.operations import stopping
from components.server import menu, readiness
from components.team.store import opening
from components.team.store.database import Store, sqlite
from components.team.store.migrate import upgrade


@pytest.fixture
def client():
    menu.note(True)
    yield TestClient(Starlette(routes=readiness.routes("/team")))
    menu.note(False)


@pytest.fixture
def team(monkeypatch, tmp_path):
    """A deployment of a team; gives the file of its database."""
    file = tmp_path / "team.sqlite3"
    store = Store(sqlite(file), prepare=upgrade)
    monkeypatch.setattr(readiness, "settings", lambda: SimpleNamespace(profile="team"))
    monkeypatch.setattr(opening, "store", lambda: store)
    return file


def wrong(client):
    """Return the parts that say no, after checking that the status says the same."""
    answer = client.get("/team/readyz")
    said = answer.json()
    bad = {part: state for part, state in said["parts"].items() if state != "ok"}
    assert (answer.status_code, said["ready"]) == ((503, False) if bad else (200, True))
    return bad


def test_all_is_well(client):
    assert wrong(client) == {}


def test_before_the_menu_was_drawn_it_is_not_ready(client):
    menu.note(False)
    assert wrong(client) == {"menu": "not drawn"}


def test_a_server_that_stops_takes_no_more_visitors_but_is_alive(client):
    with patch.object(stopping, "is_requested", return_value=True):
        assert wrong(client) == {"server": "stopping"}
        assert client.get("/team/healthz").json() == {"alive": True}


@pytest.mark.parametrize("fault", [CorruptFile(file="model.safetensors", reason="cut"), PermissionError("no")])
def test_a_model_on_board_that_cannot_be_read_is_named(client, fault):
    with patch.object(readiness, "stored_tensors", side_effect=fault):
        assert wrong(client) == {"models": "classroom-bert cannot be read"}


def test_a_model_whose_weights_have_changed_is_named(client):
    with patch.object(readiness.WeightsCheck, "changed", return_value=("classroom-gpt2",)):
        assert wrong(client) == {"models": "classroom-gpt2: changed on the disk"}


def test_a_team_needs_its_database(client, team):
    assert wrong(client) == {}
    team.unlink()
    assert wrong(client) == {"database": "no answer"}


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("9999", "its tables are those of a newer version"),
        ("of-another", "its tables belong to no known version"),
    ],
)
def test_a_database_whose_tables_are_those_of_another_version_is_not_ready(client, team, revision, said):
    assert wrong(client) == {}
    with closing(sqlite3.connect(team)) as other, other:  # what another process does while this one serves
        other.execute("UPDATE alembic_version SET version_num = ?", [revision])
    assert wrong(client) == {"database": said}


def test_nothing_secret_stands_in_the_answer(client, team):
    team.mkdir()  # a database that cannot be opened
    assert str(team) not in client.get("/team/readyz").text
    assert wrong(client) == {"database": "no answer"}
