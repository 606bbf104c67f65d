"""Sessions of visitors who left are dropped once their time is over, and what they held is collected."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import subprocess
import sys
import weakref
from functools import partial
from types import SimpleNamespace

import pytest
from streamlit.runtime.memory_session_storage import MemorySessionStorage

from components.server import memory
from components.server.streamlit_internals import sessions as internals
from tests import event_loop

OF_PYTHON = (700, 10, 10)


class Held:
    """What only the garbage collector can free: it holds itself."""

    def __init__(self) -> None:
        self.myself = self


def tidied(monkeypatch, *, ttl_seconds: float) -> weakref.ref[Held]:
    """Store a session as Streamlit does, tidy up a few times, and return what it held."""
    storage, held = MemorySessionStorage(ttl_seconds=ttl_seconds), Held()
    session = SimpleNamespace(id="left", held=held, shutdown=lambda: None)
    storage.save(SimpleNamespace(session=session))
    sessions = SimpleNamespace(_session_storage=storage, is_active_session=lambda _id: False)
    monkeypatch.setattr(internals, "get_instance", lambda: SimpleNamespace(_session_mgr=sessions))
    monkeypatch.setattr(memory, "delete_unused", lambda: None)

    async def a_while() -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(memory.reclaim_periodically(every_s=0.01), 0.2)

    gone = weakref.ref(held)
    del session, held
    gc.disable()
    try:
        event_loop.run(a_while())
    finally:
        gc.enable()
    return gone


def test_a_session_whose_time_is_over_is_forgotten_and_its_memory_free(monkeypatch):
    assert tidied(monkeypatch, ttl_seconds=0)() is None


def test_a_session_that_may_still_come_back_is_kept(monkeypatch):
    storage: list[MemorySessionStorage] = []
    real = MemorySessionStorage

    def noted(**options: float) -> MemorySessionStorage:
        storage.append(real(**options))
        return storage[-1]

    monkeypatch.setitem(globals(), "MemorySessionStorage", noted)
    assert tidied(monkeypatch, ttl_seconds=60)() is not None
    assert len(storage[0].list()) == 1


@pytest.mark.parametrize(("comes_back", "ended"), [(False, ["left", "other"]), (True, ["other"])])
def test_a_session_ends_when_it_is_forgotten_though_others_hold_it(monkeypatch, comes_back, ended):
    times_s, told = [0.0], []
    storage = MemorySessionStorage(ttl_seconds=120)
    storage._cache._timer = lambda: times_s[-1]
    held = [SimpleNamespace(id=each, shutdown=partial(told.append, each)) for each in ("left", "other")]
    for session in held:
        storage.save(SimpleNamespace(session=session))
    active = {"left"} if comes_back else set()
    sessions = SimpleNamespace(_session_storage=storage, is_active_session=active.__contains__)
    monkeypatch.setattr(internals, "get_instance", lambda: SimpleNamespace(_session_mgr=sessions))
    assert internals.end_expired_sessions() == 0
    if comes_back:
        storage.delete("left")
    times_s.append(121.0)
    storage.save(
        SimpleNamespace(session=SimpleNamespace(id="next"))
    )  # Streamlit drops what is over as it stores another
    assert internals.end_expired_sessions() == len(ended)
    assert told == ended
    assert internals.end_expired_sessions() == 0


def test_a_class_is_gone_within_three_minutes():
    assert MemorySessionStorage()._cache.ttl + memory.EVERY_S == pytest.approx(150)


@pytest.mark.parametrize(
    ("ended", "connected", "generations"), [(0, True, [1] * 9 + [2]), (1, True, [2] * 10), (0, False, [2])]
)
def test_old_objects_are_searched_once_somebody_has_left_and_else_now_and_then(
    monkeypatch, ended, connected, generations
):
    class Enough(Exception):
        """As many times as are looked at."""

    searched: list[int] = []

    def collect(generation: int) -> None:
        searched.append(generation)
        if len(searched) == len(generations):
            raise Enough

    monkeypatch.setattr(memory, "end_expired_sessions", lambda: ended)
    monkeypatch.setattr(memory, "connected_sessions", lambda: {"one": None} if connected else {})
    monkeypatch.setattr(memory, "delete_unused", lambda: None)
    monkeypatch.setattr(memory, "gc", SimpleNamespace(collect=collect))
    with pytest.raises(Enough):
        event_loop.run(memory.reclaim_periodically(every_s=0))
    assert searched == generations


def test_what_a_page_makes_is_not_searched_for_garbage_while_it_is_made():
    before_the_test = gc.get_threshold()
    gc.set_threshold(*OF_PYTHON)

    def searched() -> int:
        before = gc.get_stats()[0]["collections"]
        made = [[number] for number in range(5_000)]
        return gc.get_stats()[0]["collections"] - before if made else 0

    try:
        assert searched() > 0
        memory.collect_rarely()
        gc.collect()
        assert searched() == 0
    finally:
        gc.set_threshold(*before_the_test)


PROGRAM = """
import ctypes, sys, threading
if sys.argv[1] == "together":
    from components.server.memory import limit_arenas
    limit_arenas()
c = ctypes.CDLL(None)
c.malloc.restype = ctypes.c_void_p
c.fdopen.restype = ctypes.c_void_p
everybody = threading.Barrier(9)
def allocate():
    c.malloc(5000)
    everybody.wait()
threads = [threading.Thread(target=allocate) for _ in range(8)]
for thread in threads: thread.start()
everybody.wait()
file = ctypes.c_void_p(c.fdopen(1, b"w"))
c.malloc_info(0, file)
c.fflush(file)
"""


def places(how: str) -> int:
    """Count the places that memory comes from, asked of the C library itself."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    return ran.stdout.count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="only the GNU C library has arenas to limit")
def test_threads_share_two_places():
    assert places("apart") > 2
    assert places("together") <= 2
