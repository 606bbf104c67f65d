"""A bound on log lines that a visitor can cause again and again, so that no loop fills the disk."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from threading import Lock
from typing import Final

BURST: Final = 30
"""So many lines at once; at 3 KB for a traceback they are 90 KB."""
EVERY_S: Final = 10.0
"""Then one in so many seconds: at most 26 MB of tracebacks a day."""


class LogLimit(logging.Filter):
    """Drops a logger's lines beyond a number at once and a pace; the next line that passes says how many."""

    def __init__(
        self, burst: int = BURST, *, every_s: float = EVERY_S, now_s: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__()
        self._burst = burst
        self._every_s = every_s
        self._now_s = now_s
        self._lock = Lock()
        self._left = float(burst)
        self._seen_s = now_s()
        self._dropped = 0

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether a line is written."""
        with self._lock:
            now_s = self._now_s()
            self._left = min(float(self._burst), self._left + (now_s - self._seen_s) / self._every_s)
            self._seen_s = now_s
            if self._left < 1:
                self._dropped += 1
                return False
            self._left -= 1
            dropped, self._dropped = self._dropped, 0
        if dropped:
            record.msg = f"{record.getMessage()} ({dropped} lines before it were left out)"
            record.args = None
        return True
