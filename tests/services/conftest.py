"""Servers that several modules ask: started once for a test process, and left as they were found.

dashboard
    A dashboard of one's own; its log is JSON, which has a line each time that the start is finished.
team_dashboard
    The same for a team. Its provider does not exist: who has the cookie (`tests.browser.team.people.user_cookie`) has
    signed in already.
ministack
    The address of AWS as others wrote it; a test that asks for it may have to wait for its packages
    (`tests.services.generation.own_environment.LIMIT_S`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.serving import APP, Server, serving
from tests.browser.team.people import NOBODY_ASKS_IT, team_options, team_variables
from tests.services.ministack import running_ministack

JSON_LOG = {"DASHBOARD_LOG_FORMAT": "json"}


@pytest.fixture(scope="session")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("dashboard"), variables=JSON_LOG) as server:
        yield server


@pytest.fixture(scope="session")
def team_dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("team")
    command = (*APP, *team_options(folder, NOBODY_ASKS_IT))
    with serving(folder, command=command, variables={**JSON_LOG, **team_variables(folder)}) as server:
        yield server


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_ministack(tmp_path_factory.mktemp("ministack")) as address:
        yield address
