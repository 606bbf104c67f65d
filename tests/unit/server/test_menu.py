"""Sessions wait for the menu; what a browser fetches before its session does not."""

from __future__ import annotations

import asyncio

import pytest

from components.server import menu
from tests import event_loop


@pytest.fixture(autouse=True)
def _nothing_drawn(monkeypatch):
    monkeypatch.setattr(menu, "_drawn", [])
    monkeypatch.setattr(menu, "_tried", asyncio.Event())


async def knock(kind: str, answered: list[str]) -> None:
    async def app(scope, _receive, _send):
        answered.append(scope["type"])

    await menu.WaitUntilReady(app)({"type": kind}, None, None)


def test_a_trial_run_that_breaks_keeps_nobody_waiting(monkeypatch):
    async def break_down():
        raise RuntimeError("broken")

    monkeypatch.setattr(menu, "try_script", break_down)
    answered = []

    async def visit() -> None:
        session = asyncio.create_task(knock("websocket", answered))
        with pytest.raises(RuntimeError):
            await menu.draw()
        await session

    event_loop.run(visit())
    assert answered == ["websocket"]
    assert not menu.is_drawn()


@pytest.mark.parametrize("drawn", [True, False])
def test_a_session_begins_once_the_menu_was_tried(drawn):
    answered = []

    async def visit() -> None:
        session = asyncio.create_task(knock("websocket", answered))
        await knock("http", answered)
        await asyncio.sleep(0)
        assert answered == ["http"]
        menu.note(drawn)
        await session

    event_loop.run(visit())
    assert answered == ["http", "websocket"]
    assert menu.is_drawn() is drawn
