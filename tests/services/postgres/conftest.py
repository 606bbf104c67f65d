from __future__ import annotations

from collections.abc import Iterator

import pytest

from components.team.store.address import postgresql as address_of
from components.team.store.database import Store
from components.team.store.migrate import upgrade
from tests.services.postgres.server import Server, postgresql


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server that runs. Without PostgreSQL the test is skipped; with REQUIRE_BROWSER=1, as in CI, it fails."""
    with postgresql() as running:
        yield running


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    """The address of an empty database."""
    server.start()
    with server.database() as address:
        yield address


@pytest.fixture
def open_store(url):
    """A way to open the database as another process would."""
    opened = []

    def open_one(**options):
        opened.append(Store(address_of(url), **{"prepare": upgrade, **options}))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def store(open_store):
    return open_store()
