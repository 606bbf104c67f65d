"""What an AppTest can ask for.

open_page
    `open_page("tokenizer", lang="ko", text="...")` opens a page by its link through app.py and returns the `AppTest`.
    When the test ends it fails if any page it opened raised something unforeseen: the error boundary turns that into a
    message, so that it would otherwise go unnoticed.
team
    A deployment of the profile team: `team.sign_in("ben")`, `team.set(keep_days=7)`; see `tests.app.team_deployment`.
take_home
    The same as open_page, and returns the downloads of the page's Export menu: `take_home("tokenizer").make("data")`.
run_scripts
    `run_scripts([script])` runs exported scripts as a student does and returns what each leaves in `result`; see
    `tests.app.interpreter`.

`tests.app.opening` has `faults(at)` (what went wrong on a page, known faults too) and `parameters_of(slug)`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.app import interpreter, opening
from tests.app.team_deployment import Team, team_deployment


@pytest.fixture
def open_page(_nothing_unforeseen: None) -> Callable[..., AppTest]:
    return opening.open_page


@pytest.fixture
def take_home(_nothing_unforeseen: None) -> Callable[..., opening.Taken]:
    return opening.take_home


@pytest.fixture(scope="session")
def _prepared_interpreter() -> Iterator[Callable[..., None]]:
    with interpreter.prepared_interpreter() as run:
        yield run


@pytest.fixture
def run_scripts(_prepared_interpreter: Callable[..., None], tmp_path: Path) -> Callable[[list[str]], list[object]]:
    return partial(interpreter.run_scripts, _prepared_interpreter, tmp_path)


@pytest.fixture
def team(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Team]:
    with team_deployment(monkeypatch, tmp_path) as deployment:
        yield deployment


@pytest.fixture
def _nothing_unforeseen(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.ERROR, logger="components"):
        yield
    tracebacks = [record.exc_text or record.getMessage() for record in caplog.get_records("call") if record.exc_info]
    assert not tracebacks, "\n".join(tracebacks)
