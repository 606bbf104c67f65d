"""The server ends when told to, also while someone is on: their browser hears that it restarts, nothing is left."""

from __future__ import annotations

import os
import signal

import psutil
import pytest
from websockets.exceptions import ConnectionClosed

from tests import event_loop
from tests.browser.serving import STOPPED_WITHIN_S, serving
from tests.services.visitor_client import visiting


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl+C"])
def test_it_stops_with_a_visitor_on(tmp_path, how):
    async def visit_and_stop(origin: str, pid: int) -> None:
        async with visiting(origin) as visitor:
            assert (await visitor.open("tokenizer")).faults == ()
            os.kill(pid, how)
            with pytest.raises(ConnectionClosed, match="1012"):
                await visitor.wait()

    with serving(tmp_path) as server:
        process = psutil.Process(server.pid)
        event_loop.run(visit_and_stop(server.origin, server.pid))
        _, alive = psutil.wait_procs([process, *process.children(recursive=True)], STOPPED_WITHIN_S)
        assert alive == []
    assert "Traceback" not in server.log.read_text()
