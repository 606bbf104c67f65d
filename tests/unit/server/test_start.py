"""The start command opens the app once itself, before any visitor is let in."""

from __future__ import annotations

import asyncio
import logging

import pytest
from streamlit.web.server.app_discovery import discover_asgi_app

from components.core.settings import settings
from components.server import menu, server, start
from tests import event_loop


@pytest.fixture
def runs(monkeypatch):
    """Return what the app's trial runs are answered with, and which were made."""
    answers = [(True, "ok")]

    async def run() -> tuple[bool, str]:
        return answers.pop()

    monkeypatch.setattr(menu, "try_script", run)
    monkeypatch.setattr(server.shutdown, "install_signal_handlers", lambda: None)
    monkeypatch.setattr(server, "WEIGHTS_AFTER_S", 0)
    monkeypatch.setattr(server.logs, "configure", lambda _format: None)
    yield answers
    settings.cache_clear()


def come_up() -> None:
    async def life() -> None:
        async with server._life(None):
            while runs_left():
                await asyncio.sleep(0)

    def runs_left() -> bool:
        return len(asyncio.all_tasks()) > 2  # the server and who keeps it tidy go on

    settings.cache_clear()
    event_loop.run(life())


def test_the_app_is_opened_once(runs, capsys):
    come_up()
    assert runs == []
    assert menu.is_drawn()
    assert capsys.readouterr().out.startswith("Open http://localhost:")


def test_an_app_that_fails_is_served_all_the_same_and_the_log_says_so(runs, caplog):
    runs[:] = [(False, "timeout")]
    with caplog.at_level(logging.WARNING):
        come_up()
    assert "did not run at the start (timeout)" in caplog.text
    assert not menu.is_drawn()


def test_studio_is_told_where_it_is(runs, capsys, monkeypatch):
    monkeypatch.setenv("DASHBOARD_PROFILE", "studio")
    come_up()
    assert capsys.readouterr().out.startswith("The dashboard runs.")


def test_it_starts_the_front_door():
    assert start.APP.name == "app.py"
    assert start.APP.is_file()


def test_an_app_that_streamlit_serves_alone_says_once_what_it_lacks(monkeypatch, caplog):
    monkeypatch.setattr(server, "_made", [])
    server.finish_start.clear()
    with caplog.at_level(logging.WARNING):
        server.finish_start()
        server.finish_start()
    assert caplog.text.count("served by Streamlit alone") == 1


def test_an_app_with_all_its_parts_says_nothing(monkeypatch, caplog):
    monkeypatch.setattr(server, "_made", [True])
    server.finish_start.clear()
    with caplog.at_level(logging.WARNING):
        server.finish_start()
    assert caplog.text == ""


def test_streamlit_run_finds_the_server_in_the_front_door():
    found = discover_asgi_app(start.APP)
    assert found.import_string == "app:app"
