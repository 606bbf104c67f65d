from __future__ import annotations

import shutil

import pytest

from components.team.store.database import Store, sqlite
from components.team.store.migrate import upgrade


def opening(file):
    def open_one(**options):
        return Store(sqlite(file), **{"prepare": upgrade, **options})

    return open_one


@pytest.fixture(scope="session")
def _made(tmp_path_factory):
    """A database with its tables, made once: each test has a copy."""
    file = tmp_path_factory.mktemp("made") / "made.sqlite3"
    with opening(file)().reading():
        pass
    return file


@pytest.fixture
def open_empty(tmp_path):
    return opening(tmp_path / "empty" / "a?b%20c.sqlite3")


@pytest.fixture
def open_store(tmp_path, _made):
    """A way to open the database as another process would."""
    file = tmp_path / "data" / "a?b%20c.sqlite3"
    file.parent.mkdir()
    shutil.copy(_made, file)
    return opening(file)


@pytest.fixture
def store(open_store):
    return open_store()
