"""How much a child process may use. The child sets what the operating system enforces; the parent watches the rest.

Linux enforces memory and processor time. macOS enforces processor time only, and Windows neither: there the parent
looks every few hundredths of a second. The wall-clock limit is kept on both sides, so that a child whose parent was
killed in the middle of a question ends by itself.
"""

from __future__ import annotations

import faulthandler
import math
import sys
import time
from dataclasses import dataclass
from typing import Final, TextIO

OUT_OF_MEMORY: Final = 71
"""The exit code of a child that got no more memory in Python; in Rust it ends by a signal."""


@dataclass(frozen=True)
class Limits:
    """The limits of one question; memory is that of the whole child.

    Attributes
    ----------
    memory_bytes
        Address space where the system can limit it, resident memory elsewhere.
    processor_s, wall_s
        Seconds of computing, and seconds until the answer has to be there.
    idle_s
        Seconds without a question after which a child ends.
    answer_bytes
        Size of an answer as JSON.
    """

    memory_bytes: int = 1_000_000_000
    processor_s: float = 3
    wall_s: float = 15
    idle_s: float = 60
    answer_bytes: int = 8_000_000


def confine(limits: Limits) -> None:
    """Set the limits of this process that hold for its whole life. Called in the child."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _set_soft_limit(resource.RLIMIT_AS, limits.memory_bytes)


def allow_one_question(limits: Limits, nowhere: TextIO) -> None:
    """Give this process the time for one more question. Called in the child.

    Both limits hold while Rust code keeps the interpreter: the kernel ends the process when its processor time is
    over, and `faulthandler` watches the clock in a thread that needs no interpreter.
    """
    faulthandler.dump_traceback_later(2 * limits.wall_s, exit=True, file=nowhere)  # the parent comes first
    if sys.platform != "win32":
        import resource

        _set_soft_limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + limits.processor_s))


def wait_for_a_question(limits: Limits, nowhere: TextIO) -> None:
    """Have this process end if no question comes for long. Called in the child."""
    faulthandler.dump_traceback_later(limits.idle_s, exit=True, file=nowhere)


if sys.platform != "win32":

    def _set_soft_limit(kind: int, value: int) -> None:
        import resource

        _soft, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))
