"""Memory comes from two places, however many threads there are: asked of the C library itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, sys, threading
if sys.argv[1] == "together":
    from components.server.memory import keep_together
    keep_together()
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
    ran = subprocess.run([sys.executable, "-c", PROGRAM, how], capture_output=True, text=True, check=True)
    return ran.stdout.count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="only the GNU C library has arenas to limit")
def test_threads_share_two_places():
    assert places("apart") > 2
    assert places("together") <= 2
