"""What a test of a team's dashboard can ask for: a provider, the dashboard, and people who come to it.

    def test_something(people):
        page = people.choose(people("/tokenizer"), "mina")

people
    As `visit` of the browser tests, with `choose` to sign in; see `tests.browser.team.people`.
people_through
    The same for another server or another address of it: `people_through(server, origin)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.browser.serving import APP, Server, serving
from tests.browser.tabs import Tabs
from tests.browser.team.people import Colleague, Provider, provider, team_options, team_variables


@pytest.fixture(scope="session")
def oidc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with provider(tmp_path_factory.mktemp("provider")) as started:
        yield started


@pytest.fixture(scope="session")
def team(tmp_path_factory: pytest.TempPathFactory, oidc: Provider) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("team")
    with serving(folder, command=(*APP, *team_options(folder, oidc)), variables=team_variables(folder)) as server:
        yield server


@pytest.fixture
def people_through(tabs: Tabs, oidc: Provider) -> Iterator[Callable[[Server, str], Colleague]]:
    came: list[Colleague] = []

    def through(server: Server, origin: str) -> Colleague:
        came.append(Colleague(tabs, replace(server, origin=origin), oidc))
        return came[-1]

    yield through
    for each in came:
        each.leave()
    assert [each.faults() for each in came if each.faults()] == []


@pytest.fixture
def people(people_through: Callable[[Server, str], Colleague], team: Server) -> Colleague:
    return people_through(team, team.origin)
