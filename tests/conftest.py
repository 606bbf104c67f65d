"""What holds for every test: nothing is fetched, whatever the machine it runs on is allowed to.

The tests have two parts. `pytest` alone runs the quick one: the tests of `tests/unit` but for a few long computations,
and those of the other folders that are marked `quick`. `pytest -m thorough` runs the rest. A file or a folder that is
named runs whole.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import hypothesis
import pytest

# Set before any test module imports a library that reads them. The dashboard's own default is the same; a variable
# set where the tests run must not change what they prove.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# The tests run side by side, one process a core: more threads than that would only wait for each other.
os.environ["OMP_NUM_THREADS"] = "1"
for _name in [name for name in os.environ if name.startswith("DASHBOARD_")]:
    del os.environ[_name]

# A property holds or does not; how long an example takes says something about the machine only.
hypothesis.settings.register_profile("any machine", deadline=None)
hypothesis.settings.load_profile("any machine")

QUICK_FOLDER = Path(__file__).with_name("unit")
NOT_RUN = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    if not config.option.markexpr and not named:
        config.option.markexpr = "not thorough"
    config.stash[NOT_RUN] = 0


@pytest.hookimpl(tryfirst=True)  # before pytest asks for the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if QUICK_FOLDER not in item.path.parents and item.get_closest_marker("quick") is None:
            item.add_marker("thorough")


def pytest_report_header(config: pytest.Config) -> str:
    if config.option.markexpr == "not thorough":
        return "the quick part of the tests: about five minutes on two cores"
    return f"tests: {config.option.markexpr or 'all that are named'}"


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    if items:
        items[0].config.stash[NOT_RUN] += len(items)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Each worker of pytest-xdist collects the same tests and leaves the same ones out."""
    node.config.stash[NOT_RUN] = getattr(node, "workeroutput", {}).get("not_run", 0)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["not_run"] = session.config.stash[NOT_RUN]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    count = config.stash[NOT_RUN]
    if count and config.option.markexpr == "not thorough" and not config.option.keyword:
        terminalreporter.write_sep("-", "not run")
        terminalreporter.write_line(
            f"{count} thorough tests: each card and view, both themes, phones, servers, faults, exports that are run."
        )
        terminalreporter.write_line("To run them: .venv/bin/python -m pytest -m thorough")


@pytest.fixture(scope="session", autouse=True)
def _no_search_for_installed_components() -> Iterator[None]:
    """Spare every AppTest a search through all installed packages for Streamlit components; we install none."""
    from streamlit.components.v2.component_manager import BidiComponentManager

    with patch.object(BidiComponentManager, "discover_and_register_components"):
        yield


@pytest.fixture(scope="session", autouse=True)
def _look_for_garbage_as_rarely_as_the_server_does() -> None:
    """Python's own thresholds cost tests that draw pages a twentieth of their computing."""
    from components.server.memory import collect_rarely

    collect_rarely()
