from __future__ import annotations

import pytest

from components.core.settings import Settings, settings


@pytest.fixture
def configure(monkeypatch):
    """Set settings for one test, as environment variables would."""

    def set_to(**values: object) -> Settings:
        for name, value in values.items():
            monkeypatch.setenv(f"DASHBOARD_{name.upper()}", str(value))
        settings.cache_clear()
        return settings()

    yield set_to
    monkeypatch.undo()
    settings.cache_clear()
