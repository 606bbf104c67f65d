"""Some sessions that write at once, each in a thread, and how fast that was; nothing of the dashboard is imported."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

PROMPTS: Final = (
    "Once upon a time", "The movie was", "Star Trek: The", "I read a good novel.",
    "The scientist looked at", "A recipe for bread:", "Dear friend,", "In the garden there was",
)  # fmt: skip


@dataclass
class Session:
    """One visitor's run."""

    started: float = field(default_factory=time.perf_counter)
    first: float | None = None
    tokens: int = 0

    def count(self, tokens: int = 1) -> None:
        """Note that tokens have come."""
        if self.first is None:
            self.first = time.perf_counter() - self.started
        self.tokens += tokens


Way = Callable[[int, Session], None]
"""Writes the text of the n-th prompt and notes each token."""


@dataclass(frozen=True)
class Speed:
    """What a way gave with so many sessions: tokens a second over all, and seconds to a session's first token."""

    tokens: float
    first_s: float


def once(way: Way, sessions: int) -> Speed:
    """Let some sessions write at once."""
    running = [Session() for _ in range(sessions)]
    start = time.perf_counter()
    threads = [threading.Thread(target=way, args=(number, session)) for number, session in enumerate(running)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took_s = time.perf_counter() - start
    firsts = [session.first for session in running if session.first is not None]
    return Speed(sum(session.tokens for session in running) / took_s, statistics.median(firsts))
