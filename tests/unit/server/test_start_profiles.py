"""What the start command makes of its arguments, the settings and the profile, without starting a server."""

from __future__ import annotations

import os
import subprocess
import sys
from unittest.mock import Mock

import pytest
from streamlit import config

from components.core import settings_reference
from components.core.settings import settings
from components.server import server, start, studio
from tests.unit.source_tree import ROOT

OF_THE_PROCESS = ["limit_arenas", "collect_rarely", "batch_messages", "enable_tcp_nodelay"]


@pytest.fixture(autouse=True)
def set_up(monkeypatch):
    """Return what the command did to its whole process; this one is the tests' own, and stays as it was."""
    done = []
    for name in OF_THE_PROCESS:
        [owner] = [each for each in (server, server.messages, start.web_server) if hasattr(each, name)]
        monkeypatch.setattr(owner, name, lambda name=name: done.append(name))
    return done


@pytest.fixture
def started(monkeypatch):
    """Return a function that runs the command and gives the options it would serve with."""
    monkeypatch.setenv("DASHBOARD_PROFILE", "class")  # put back afterwards, whatever the command writes
    monkeypatch.setattr(sys, "argv", ["start"])
    monkeypatch.setattr(config, "_main_script_path", None)
    served = []
    monkeypatch.setattr(start.st.App, "run", lambda _app, *, config: served.append(config))

    def run(*arguments: str) -> dict[str, object]:
        settings.cache_clear()
        start.main(list(arguments))
        [options] = served
        return options

    yield run
    settings.cache_clear()
    config.get_config_options(force_reparse=True)


def test_the_default_profile_changes_none_of_streamlits_options(started):
    assert started() == {}


def test_the_process_is_set_up_before_it_serves(started, set_up):
    started()
    assert set_up == OF_THE_PROCESS


def test_streamlits_options_are_passed_on(started):
    assert started("--server.port", "8600", "--server.maxUploadSize=5") == {
        "server.port": 8600,
        "server.maxUploadSize": 5,
    }


def test_studio_brings_its_options_and_what_is_given_wins(started):
    assert started("--profile", "studio", "--server.port", "8600") == {**studio.OPTIONS, "server.port": 8600}


def test_a_variable_opens_it_to_the_network_as_in_the_image(started, monkeypatch):
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    assert started() == {"server.address": "0.0.0.0"}


def test_only_studio_takes_the_protections_off(started):
    protections = {"server.enableXsrfProtection", "server.enableCORS"}
    assert not protections & started("--profile=class").keys()
    assert all(config.get_option(name) for name in protections)
    assert not any(studio.OPTIONS[name] for name in protections)


def message(stopped) -> str:
    assert isinstance(stopped.value.code, str)  # Python prints it to stderr and exits with 1
    return stopped.value.code


def test_a_wrong_profile_stops_the_start_with_one_line(started):
    with pytest.raises(SystemExit) as stopped:
        started("--profile", "home")
    assert message(stopped) == (
        "setting profile (DASHBOARD_PROFILE) = 'home' is not allowed: Input should be 'class', 'studio' or 'team'."
    )


def test_a_base_path_stops_the_start_in_studio(started):
    with pytest.raises(SystemExit, match=r"baseUrlPath = 'x' is not allowed in the profile studio.*leave it empty"):
        started("--profile", "studio", "--server.baseUrlPath", "x")


def test_a_sign_in_stops_the_start_in_studio(started, monkeypatch):
    monkeypatch.setattr(start.st, "secrets", {"auth": {}})
    with pytest.raises(SystemExit, match=r"\[auth\] in secrets.toml is not allowed in the profile studio"):
        started("--profile", "studio")


def test_a_team_without_a_sign_in_does_not_start(started, monkeypatch):
    monkeypatch.setattr(start.st, "secrets", {})
    with pytest.raises(SystemExit, match=r"write the section \[auth\] into .streamlit/secrets.toml"):
        started("--profile", "team")


@pytest.fixture
def fit_for_a_team(monkeypatch, started):
    auth = {
        "redirect_uri": "https://dashboard.school.example/team/oauth2callback",
        "cookie_secret": "k" * 32,
        "client_id": "dashboard",
        "client_secret": "hush",
        "server_metadata_url": "https://accounts.example/.well-known/openid-configuration",
    }
    monkeypatch.setattr(start.st, "secrets", {"auth": auth})
    monkeypatch.setenv("DASHBOARD_MEMBERS", '["@school.example"]')
    monkeypatch.setattr(server, "_require_database", lambda: None)  # tests/services has one
    return started


def test_a_team_never_believes_headers_over_the_sign_in(fit_for_a_team):
    with pytest.raises(SystemExit, match=r"server.trustedUserHeaders is not allowed in the profile team"):
        fit_for_a_team(
            "--profile", "team", "--server.baseUrlPath", "team", "--server.trustedUserHeaders", '{"X-User": "email"}'
        )


@pytest.mark.usefixtures("fit_for_a_team")
def test_a_team_starts_with_its_door_where_it_lives(monkeypatch):
    layers = []
    monkeypatch.setattr(server, "Middleware", lambda kind, **options: layers.append((kind, options)))
    monkeypatch.setattr(start.st, "App", lambda *_, **__: Mock(run=lambda *, config: served.append(config)))
    served = []
    settings.cache_clear()
    start.main(["--profile", "team", "--server.baseUrlPath", "team"])
    assert served == [{"server.baseUrlPath": "team"}]
    door = dict(layers)[server.ReturnToPage]
    assert door["base"] == "team"
    assert door["secure"] is True
    assert "dashboard.school.example" in dict(layers)[server.addresses.KnownHosts]["hosts"]
    assert set(door["slugs"]) == {entry.slug for entry in server.PAGES}


def test_an_unknown_option_is_streamlits_to_explain(started, capsys):
    with pytest.raises(SystemExit) as stopped:
        started("--server.prot", "1")
    assert stopped.value.code == 2
    assert "--server.prot" in capsys.readouterr().err


def test_help_shows_our_settings_and_points_at_streamlits(capsys):
    start.main(["--help"])
    printed = capsys.readouterr().out
    assert settings_reference.as_text() in printed
    assert "streamlit run --help" in printed


def test_studio_does_not_start_without_its_options(monkeypatch):
    """`streamlit run app.py` brings none of them."""
    monkeypatch.setenv("DASHBOARD_PROFILE", "studio")
    settings.cache_clear()
    with pytest.raises(SystemExit, match=r"start it with deploy/studio/start.sh"):
        server.app_options_for_streamlit_run()
    settings.cache_clear()


@pytest.mark.parametrize("start_command", ["components.server.start", "streamlit run app.py"])
def test_a_wrong_setting_ends_the_process_without_a_traceback(start_command):
    done = subprocess.run(
        [sys.executable, "-m", *start_command.split()],
        cwd=ROOT,
        env=os.environ | {"DASHBOARD_MAX_MODELS": "none"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("setting max_models (DASHBOARD_MAX_MODELS) = 'none' is not allowed")
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""
