"""Memory of visitors who left: given back within three minutes, and nobody waits for it after each click.

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

EVERY_S: Final = 30.0

log = logging.getLogger(__name__)


async def keep_tidy(*, every_s: float = EVERY_S) -> None:
    """Tidy up again and again, for as long as somebody is on or was since the last time."""
    busy = True
    while True:
        await asyncio.sleep(every_s)
        forgotten = _forget_the_gone()
        was_busy, busy = busy, _somebody_is_on()
        if forgotten or busy or was_busy:
            started = time.perf_counter()
            gc.collect()
            _return_memory()
            log.debug("tidied in %.0f ms, %d sessions forgotten", 1000 * (time.perf_counter() - started), forgotten)


def _forget_the_gone() -> int:
    """Drop the sessions whose time to come back is over, and return how many they were."""
    sessions = get_instance()._session_mgr  # Streamlit has no public way to these
    return len(sessions._session_storage._cache.expire())  # type: ignore[attr-defined]


def _somebody_is_on() -> bool:
    return bool(get_instance()._session_mgr.num_active_sessions())


def _return_memory() -> None:
    """Have the C library give back what it keeps of freed memory; only the GNU one can be asked to."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)
