from __future__ import annotations

from pathlib import Path

import pytest

from components.core import settings as module
from components.core.settings import Settings, SettingsError, default_cache_folder, settings


@pytest.fixture
def toml(tmp_path, monkeypatch):
    path = tmp_path / "dashboard.toml"
    monkeypatch.setitem(Settings.model_config, "toml_file", path)
    settings.cache_clear()
    yield path
    settings.cache_clear()


def test_the_default_fetches_nothing(toml):
    assert not settings().downloads
    assert not settings().any_hub_id


def test_the_file_is_read_and_the_environment_wins(toml, monkeypatch):
    toml.write_text('downloads = true\nmax_models = 5\ncache_folder = "/from/file"')
    monkeypatch.setenv("DASHBOARD_MAX_MODELS", "7")
    assert settings().downloads
    assert settings().max_models == 7
    assert settings().cache_folder == Path("/from/file")


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("DASHBOARD_PROFILE", "home", ["profile", "'home'", "'class', 'studio' or 'team'"]),
        ("DASHBOARD_DEVICE", "gpu", ["device", "'gpu'", "'auto', 'cpu', 'cuda' or 'mps'"]),
        ("DASHBOARD_MAX_MODELS", "0", ["max_models", "'0'", "greater than 0"]),
        ("DASHBOARD_MEMORY_SHARE", "1.5", ["memory_share", "'1.5'", "less than or equal to 1"]),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(toml, monkeypatch, variable, value, expected):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as error:
        settings()
    for part in [variable, *expected]:
        assert part in str(error.value)


def test_a_misspelt_name_in_the_file_is_refused_with_the_names_there_are(toml):
    toml.write_text("download = true")
    with pytest.raises(SettingsError, match="'download', which is not a setting") as error:
        settings()
    assert "downloads" in str(error.value)


def test_a_file_that_is_not_toml_is_said_with_the_place(toml):
    toml.write_text("downloads = true\nprofile = class")
    with pytest.raises(SettingsError, match=r"^dashboard.toml is not TOML: .+line 2"):
        settings()


def test_the_cache_honours_xdg(monkeypatch):
    monkeypatch.setattr(module.sys, "platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert default_cache_folder() == Path("/somewhere/transformer-dashboard")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_cache_folder() == Path.home() / ".cache" / "transformer-dashboard"


def test_the_cache_is_where_windows_keeps_caches(monkeypatch):
    monkeypatch.setattr(module.sys, "platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert default_cache_folder() == Path("/local/transformer-dashboard")
