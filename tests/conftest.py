"""What holds for every test: nothing is fetched, whatever the machine it runs on is allowed to."""

from __future__ import annotations

import os
from collections.abc import Iterator
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
