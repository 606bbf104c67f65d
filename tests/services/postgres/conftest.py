from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.team.store import database
from components.team.store.database import Store
from components.team.store.database import postgresql as address_of
from components.team.store.migrate import upgrade
from tests.services.postgres.server import Server, postgresql

MADE = "made"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server that runs. Without PostgreSQL the test is skipped; with REQUIRE_BROWSER=1, as in CI, it fails."""
    with postgresql() as running:
        yield running


@pytest.fixture(scope="session")
def _made(server: Server) -> str:
    """A database with its tables, made once: each test has a copy."""
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {MADE}")
    store = Store(address_of(server.url(MADE)))
    upgrade(store)
    store.close()
    return MADE


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    """The address of an empty database."""
    server.start()
    with server.database() as address:
        yield address


@pytest.fixture
def made_url(server: Server, _made: str) -> Iterator[str]:
    """The address of a database with its tables."""
    server.start()
    with server.database(like=_made) as address:
        yield address


@pytest.fixture
def patient(monkeypatch):
    """Waits that a busy machine does not exceed, for tests that are not about waiting."""
    monkeypatch.setattr(database, "HASTY_MS", database.PATIENT_MS)
    monkeypatch.setattr(database, "CONNECT_S", 30)


@pytest.fixture
def opening():
    opened = []

    def at(address):
        def open_one(**options):
            opened.append(Store(address_of(address), **{"prepare": upgrade, **options}))
            return opened[-1]

        return open_one

    yield at
    for each in opened:
        each.close()


@pytest.fixture
def open_empty(url, opening):
    return opening(url)


@pytest.fixture
def open_store(made_url, opening):
    """A way to open the database as another process would."""
    return opening(made_url)


@pytest.fixture
def store(open_store):
    return open_store()
