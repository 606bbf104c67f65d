"""What a test behind a proxy can ask for: `app`s of two profiles, and a visitor who comes through what stands in front.

    def test_something(visit_through, studio_app):
        with jupyter(...) as address:
            page = visit_through(studio_app, f"{address}/proxy/{port}")("/catalog")

The proxies are programs of their own, see `tests/tools.py`: nginx and jupyter-server-proxy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.browser.proxies import running
from tests.browser.serving import APP, Server, serving
from tests.browser.tabs import Tabs
from tests.browser.visitor import Visitor


@pytest.fixture(scope="session")
def jupyter_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running.jupyter(tmp_path_factory.mktemp("jupyter")) as address:
        yield address


@pytest.fixture(scope="session")
def studio_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("studio"), command=(*APP, "--profile", "studio")) as server:
        yield server


@pytest.fixture(scope="session")
def team_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("team"), base="/team") as server:
        yield server


@pytest.fixture
def visit_through(tabs: Tabs) -> Iterator[Callable[[Server, str], Visitor]]:
    visitors = []

    def through(server: Server, address: str) -> Visitor:
        visitors.append(Visitor(tabs, replace(server, origin=address)))
        return visitors[-1]

    yield through
    for visitor in visitors:
        visitor.leave()
    assert [visitor.faults() for visitor in visitors if visitor.faults()] == []
