"""The end of the server: told once it ends in good order, told twice at once.

In good order: `/readyz` says no; generations end, with their text and a message on the page; scripts finish; what waits
to be written is written; then the connections are closed. Each step has its time, so that all of it takes less than the
10 s that Docker gives.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Final

from starlette.concurrency import run_in_threadpool

from components.core.settings import settings
from components.engines import runs
from components.operations import script_runs, stopping

SCRIPTS_END_S: Final = 4.0
LAST_WORDS_S: Final = 0.3
"""For what the scripts drew last to reach the browsers."""
WRITTEN_S: Final = 2.0
CLOSED_S: Final = 1.5
GONE_S: Final = 9.0

_LOOK_S: Final = 0.05
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)

log = logging.getLogger(__name__)


def exit_on_sigterm() -> None:
    """Have the signal to end mean an ordinary end, before the server runs and after it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))


def install_signal_handlers() -> None:
    """Come before the server's own handling of signals. Call it in its event loop, once it runs."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        servers_own = signal.getsignal(number)
        if callable(servers_own):
            signal.signal(number, partial(_end, loop, servers_own))


def _end(
    loop: asyncio.AbstractEventLoop,
    close: Callable[[int, FrameType | None], object],
    number: int,
    _frame: FrameType | None,
) -> None:
    if stopping.is_requested():
        signal.signal(number, signal.SIG_DFL)
        signal.raise_signal(number)
        return
    stopping.request()
    _watch()
    asyncio.run_coroutine_threadsafe(_in_order(lambda: close(number, None), lambda: close(signal.SIGINT, None)), loop)


async def _in_order(close: Callable[[], object], hurry: Callable[[], object]) -> None:
    """End what goes on, then the server.

    Parameters
    ----------
    close
        Has the server close its connections and wait for the browsers to agree.
    hurry
        Has it wait no longer.
    """
    log.info("told to end: %d generations, %d scripts go on", len(runs.running()), script_runs.count_running())
    late_s = time.monotonic() + SCRIPTS_END_S
    while (runs.running() or script_runs.count_running()) and time.monotonic() < late_s:
        await asyncio.sleep(_LOOK_S)
    if script_runs.count_running():
        log.warning("%d scripts did not end in time; they end with the process", script_runs.count_running())
    await asyncio.sleep(LAST_WORDS_S)
    await run_in_threadpool(_write_down)
    close()
    await asyncio.sleep(CLOSED_S)
    hurry()


def _write_down() -> None:
    if settings().profile == "team":
        from components.team.store.writer import writer

        writer().stop(WRITTEN_S)


def _watch() -> None:
    """Leave, whatever still holds the process, before somebody kills it."""

    def leave() -> None:
        log.error("still busy after %g s; leaving without waiting", GONE_S)
        logging.shutdown()
        os._exit(1)

    last = threading.Timer(GONE_S, leave)
    last.daemon = True
    last.start()
