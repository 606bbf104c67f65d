"""Each run of the script has an id in its log lines and is timed; reruns of one fragment do not come through here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from components.core.settings import settings
from components.operations import logs

HOME: Final = "home"

_lock: Final = Lock()
_running: Final[set[str]] = set()


@contextmanager
def track_run(slug: str) -> Iterator[None]:
    """Give the run of a page an id, and time it if `/metrics` is on; also one that ends by Streamlit's own signals."""
    run, started_s = logs.new_id(), time.monotonic()
    with _lock:
        _running.add(run)
    try:
        with logs.add_ids(run=run, page=slug or HOME):
            yield
    finally:
        if settings().metrics == "on":
            from components.operations import metrics

            metrics.SCRIPT_RUN_S.labels(slug or HOME).observe(time.monotonic() - started_s)
        with _lock:
            _running.discard(run)


def count_running() -> int:
    """Return how many runs go on now."""
    with _lock:
        return len(_running)
