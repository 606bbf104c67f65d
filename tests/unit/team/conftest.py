from __future__ import annotations

import pytest

from components.team.store.address import sqlite
from components.team.store.database import Store
from components.team.store.migrate import upgrade


@pytest.fixture
def open_store(tmp_path):
    """A way to open the database as another process would."""

    def open_one(**options):
        return Store(sqlite(tmp_path / "data" / "a?b%20c.sqlite3"), **{"prepare": upgrade, **options})

    return open_one


@pytest.fixture
def store(open_store):
    return open_store()
