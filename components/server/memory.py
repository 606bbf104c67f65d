"""Memory of visitors who left: given back within three minutes, and nobody waits for it at a click.

Streamlit would look through all of Python's objects after every run of a page (`runner.postScriptGC`, off in
.streamlit/config.toml): of 154 ms of computing for a look at another head that took 100. It keeps the session of a
closed tab for two minutes, in case the tab comes back, and forgets it when the next one closes, which in an empty
classroom is never. So both are done here, now and then.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import sys
import time
from typing import Final

from streamlit.runtime import get_instance
from streamlit.runtime.session_manager import SessionInfo

from components.server.exports import drop_unused

EVERY_S: Final = 30.0
COLLECT_AFTER: Final = (20_000, 20, 50)
"""New objects, collections of those, and collections of what survived these; Python's own are 700, 10 and 10."""
_MOST_ARENAS: Final = -8  # in <malloc.h>: M_ARENA_MAX

log = logging.getLogger(__name__)


async def reclaim_periodically(*, every_s: float = EVERY_S) -> None:
    """Tidy up again and again, for as long as somebody is on or was since the last time."""
    busy = True
    while True:
        await asyncio.sleep(every_s)
        forgotten = _forget_the_gone()
        was_busy, busy = busy, _somebody_is_on()
        if forgotten or busy or was_busy:
            started = time.perf_counter()
            gc.collect()
            drop_unused(get_instance().media_file_mgr)  # what the sessions held that are gone now
            _return_memory()
            log.debug("tidied in %.0f ms, %d sessions forgotten", 1000 * (time.perf_counter() - started), forgotten)


def _forget_the_gone() -> int:
    """End the sessions whose time to come back is over, and return how many they were.

    Streamlit drops them, and they end when Python collects them. Its own loop holds on to the last one that it sent
    something to, until it sends the next message to anybody: the files of the last visitor would stay.
    """
    sessions = get_instance()._session_mgr  # Streamlit has no public way to these
    stored = sessions._session_storage._cache  # type: ignore[attr-defined]

    def end(session_id: str, info: SessionInfo) -> None:
        if not sessions.is_active_session(session_id):  # else it came back
            info.session.shutdown()

    stored._on_remove = end  # also for those that Streamlit itself drops from now on, to make place
    return len(stored.expire())


def _somebody_is_on() -> bool:
    return bool(get_instance()._session_mgr.num_active_sessions())


def keep_together() -> None:
    """Have the C library take memory from two places at most. Call it before there are threads.

    Otherwise each thread gets a place of its own, with holes of its own. Measured with 50 visitors who browse and 8 who
    generate: 2.3 instead of 3.3 MB a session, and half as much left when they have gone.
    """
    _ask_c_library("mallopt", _MOST_ARENAS, 2)


def collect_seldom() -> None:
    """Have Python look for garbage after many pages, not two or three times in each; `reclaim_periodically` does it.

    With 100 students that took a tenth of the server's time, and a click in the middle of it waited.
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
