"""Memory of visitors who left: given back within three minutes, and nobody waits for it at a click.

Streamlit would look through all of Python's objects after every run of a page (`runner.postScriptGC`, off in
.streamlit/config.toml), which took most of a run. It keeps the session of a closed tab for two minutes, in case the tab
comes back, and forgets it when the next one closes, which in an empty classroom is never. So both are done here, now
and then; docs/measurements.md has the numbers.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import sys
import time
from itertools import count
from typing import Final

from components.server.exports import delete_unused
from components.server.streamlit_internals.sessions import connected_sessions, end_expired_sessions

EVERY_S: Final = 30.0
WHOLE_EACH: Final = 10
"""Old objects are searched for garbage each tenth time, and when a session has ended; otherwise only new ones are. A
class has 250,000 old ones, and every click waits meanwhile."""
_YOUNG, _ALL = 1, 2  # Python's generations
COLLECT_AFTER: Final = (20_000, 20, 50)
"""New objects, collections of those, and collections of what survived these; Python's own are 700, 10 and 10."""
_MOST_ARENAS: Final = -8  # in <malloc.h>: M_ARENA_MAX

log = logging.getLogger(__name__)


async def reclaim_periodically(*, every_s: float = EVERY_S) -> None:
    """Free memory again and again, for as long as a visitor is connected or was since the last time."""
    busy = True
    for turn in count(1):
        await asyncio.sleep(every_s)
        ended = end_expired_sessions()
        was_busy, busy = busy, bool(connected_sessions())
        if ended or busy or was_busy:
            started = time.perf_counter()
            gc.collect(_ALL if ended or not busy or turn % WHOLE_EACH == 0 else _YOUNG)
            delete_unused()  # what the sessions held that are gone now
            _return_memory()
            log.debug("reclaimed in %.0f ms, %d sessions ended", 1000 * (time.perf_counter() - started), ended)


def limit_arenas() -> None:
    """Have the C library take memory from two places at most. Call it before there are threads.

    Otherwise each thread gets a place of its own, with holes of its own: a session takes more, and less is given back.
    """
    _ask_c_library("mallopt", _MOST_ARENAS, 2)


def collect_rarely() -> None:
    """Have Python look for garbage after many pages, not two or three times in each; `reclaim_periodically` does it.

    With a class of students that took a good part of the server's time, and a click in the middle of it waited.
    """
    gc.set_threshold(*COLLECT_AFTER)


def _return_memory() -> None:
    """Have the C library give back what it keeps of freed memory."""
    _ask_c_library("malloc_trim", 0)


def _ask_c_library(function: str, *arguments: int) -> None:
    """Call a function of the GNU C library; no other one has it."""
    if sys.platform == "linux":
        found = getattr(ctypes.CDLL(None), function, None)
        if found is not None:
            found(*arguments)
