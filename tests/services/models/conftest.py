from __future__ import annotations

import pytest

from components.core.settings import settings
from tests.services.models.loopback import serve


@pytest.fixture
def site():
    with serve() as running:
        yield running


@pytest.fixture(autouse=True)
def _downloads_into(tmp_path, monkeypatch):
    """Let this test's deployment fetch, into a folder of its own."""
    monkeypatch.setenv("DASHBOARD_DOWNLOADS", "true")
    monkeypatch.setenv("DASHBOARD_ANY_HUB_ID", "true")
    monkeypatch.setenv("DASHBOARD_CACHE_FOLDER", str(tmp_path / "cache"))
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def watch():
    """Note the progress of a fetch."""

    class Watch:
        def __init__(self):
            self.progress = []
            self.stop_at_bytes = None

        def report(self, progress):
            self.progress.append(progress)

        def checkpoint(self):
            if self.stop_at_bytes and self.progress and self.progress[-1].done_bytes >= self.stop_at_bytes:
                raise InterruptedError("the visitor left")

        @property
        def steps(self):
            return list(dict.fromkeys(progress.step for progress in self.progress))

    return Watch()
