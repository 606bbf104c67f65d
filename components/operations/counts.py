"""What is counted while the dashboard runs: plain numbers in this process.

Adding to one costs a lock and a sum, so everybody counts, also where nobody looks. `components.server.metrics`
writes them down for Prometheus; the names and units follow its conventions, without the `_total` of a counter.

Labels are few: engines, reasons, pages, kinds of errors, and models only as `components.engines.runs` names them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter as Tally
from dataclasses import dataclass
from threading import Lock
from typing import Final

_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
_TOKENS_PER_SECOND: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)

Labels = tuple[str, ...]


class Counter:
    """A number that only grows, one for each combination of labels.

    Attributes
    ----------
    meaning
        For whoever reads it beside the number.
    labels
        What the values of `add` stand for.
    """

    def __init__(self, name: str, meaning: str, *labels: str) -> None:
        self.name, self.meaning, self.labels = name, meaning, labels
        self._lock = Lock()
        self._values: Tally[Labels] = Tally()

    def add(self, *values: str, amount: int = 1) -> None:
        """Count `amount` more, with a value for each label."""
        with self._lock:
            self._values[values] += amount

    def values(self) -> dict[Labels, int]:
        """Return the numbers by their labels' values."""
        with self._lock:
            return dict(self._values)


@dataclass(frozen=True)
class Distribution:
    """How many values fell where.

    Attributes
    ----------
    counts
        `[bound]`, values up to each bound of the histogram and above the one before; last those above all.
    total
        The sum of the values.
    """

    counts: tuple[int, ...]
    total: float

    @property
    def observed(self) -> int:
        """How many values there were."""
        return sum(self.counts)


class Histogram:
    """How long something took, or how much it was, counted between bounds.

    Attributes
    ----------
    bounds
        Upper bounds, ascending; values above the last one are counted too.
    """

    def __init__(self, name: str, meaning: str, *labels: str, bounds: tuple[float, ...] = _SECONDS) -> None:
        self.name, self.meaning, self.labels, self.bounds = name, meaning, labels, bounds
        self._lock = Lock()
        self._values: dict[Labels, Distribution] = {}

    def observe(self, value: float, *values: str) -> None:
        """Count one value, with a value for each label."""
        with self._lock:
            before = self._values.get(values) or Distribution((0,) * (len(self.bounds) + 1), 0.0)
            counts = list(before.counts)
            counts[bisect_left(self.bounds, value)] += 1
            self._values[values] = Distribution(tuple(counts), before.total + value)

    def values(self) -> dict[Labels, Distribution]:
        """Return the distributions by their labels' values."""
        with self._lock:
            return dict(self._values)


RUNS: Final = Counter(
    "dashboard_generation_runs",
    "Generations by how they ended: a finish reason, left by the visitor, stopped here, or failed.",
    "engine",
    "model",
    "reason",
)
TOKENS: Final = Counter(
    "dashboard_generation_tokens",
    "Tokens read and written; of a generation that was cut short, those written.",
    "engine",
    "model",
    "direction",
)
WAIT_S: Final = Histogram(
    "dashboard_generation_wait_seconds", "Time in line before a generation got its seat.", "engine", "model"
)
FIRST_TOKEN_S: Final = Histogram(
    "dashboard_generation_first_token_seconds",
    "Time from the question to the first new token, time in line included.",
    "engine",
    "model",
)
SPEED: Final = Histogram(
    "dashboard_generation_tokens_per_second",
    "New tokens of a generation by the time from its seat to its end, the reading of the prompt included.",
    "engine",
    "model",
    bounds=_TOKENS_PER_SECOND,
)
ERRORS: Final = Counter("dashboard_errors", "Errors by kind; “unexpected” ones have a traceback in the log.", "kind")
SCRIPT_RUN_S: Final = Histogram(
    "dashboard_script_run_seconds", "Runs of a page's script, without reruns of its fragments.", "page"
)

COUNTERS: Final = (RUNS, TOKENS, ERRORS)
HISTOGRAMS: Final = (WAIT_S, FIRST_TOKEN_S, SPEED, SCRIPT_RUN_S)
