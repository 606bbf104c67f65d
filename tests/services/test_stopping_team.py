"""A team's server that is told to end while somebody generates: what was written by then is in the database."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import psutil
import pytest
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed

from components.server.shutdown import GONE_S
from components.team.store.database import FILE_NAME, Store, sqlite
from components.team.store.tables import AuditEntry, Run
from tests import event_loop
from tests.browser.serving import serving
from tests.browser.team.people import NOBODY_ASKS_IT, team_options, team_variables, user_cookie
from tests.services.visitor_client import MOST_WAIT_S, visiting

pytestmark = pytest.mark.real_model

WRITTEN_BEFORE = 8  # tokens
MOST = 512
PROMPT = "This movie was"


def test_what_was_written_is_in_the_history(tmp_path):
    """Ctrl+C is the same to a server: test_stopping tries both."""
    passes = tmp_path / "passes"

    def written() -> int:
        return passes.read_text().split().count("pass") if passes.exists() else 0

    async def generate_and_stop(origin: str, pid: int) -> None:
        claims = {"iss": "https://accounts.example", "sub": "mina", "email": "mina@school.example"}
        cookie = user_cookie(origin, {**claims, "email_verified": True, "iat": int(time.time())})
        async with visiting(origin, user_cookie=cookie) as visitor:
            assert (await visitor.open("generation", prompt=PROMPT, max_new_tokens=str(MOST), seed="3")).faults == ()
            running = asyncio.create_task(visitor.press("generation_generate"))
            async with asyncio.timeout(MOST_WAIT_S):
                while written() < WRITTEN_BEFORE:
                    assert not running.done(), running
                    await asyncio.sleep(0.02)
            os.kill(pid, signal.SIGTERM)
            assert any("is being restarted" in fault for fault in (await running).faults)
            with pytest.raises(ConnectionClosed, match="1012"):
                await visitor.wait()

    command = ("-m", "tests.services.generation.counted", *team_options(tmp_path, NOBODY_ASKS_IT))
    variables = {**team_variables(tmp_path), "COUNTED": str(passes)}
    with serving(tmp_path, command=command, variables=variables) as server:
        process = psutil.Process(server.pid)
        event_loop.run(generate_and_stop(server.origin, server.pid))
        assert process.wait(GONE_S) == 0
    assert "Traceback" not in server.log.read_text()

    with Store(sqlite(tmp_path / "data" / FILE_NAME)).reading() as session:
        [run] = session.scalars(select(Run)).all()
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.at)).all()
    assert WRITTEN_BEFORE <= run.output_tokens < MOST
    assert 0 <= written() - run.output_tokens <= 1  # at most the token that was being computed is left out
    assert (run.prompt, run.finish) == (PROMPT, "failed")
    assert run.answer
    assert actions == ["signed in", "run"]
