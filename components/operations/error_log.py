"""The last errors, for the operator: what kind, when, where, and the reference that its log lines have.

No message is kept: it may hold what a visitor typed. What a kind means is said by its sentence without the values.
"""

from __future__ import annotations

import datetime
from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Final

from components.core.errors import VisitorError
from components.operations import logs

UNEXPECTED: Final = "unexpected"
MOST_KEPT: Final = 100


@dataclass(frozen=True, kw_only=True)
class NotedError:
    """One error.

    Attributes
    ----------
    kind
        The class of a fault that is told to visitors; `UNEXPECTED` for everything else.
    what
        English sentence with its placeholders, to be translated; the class of an unexpected error.
    ids
        What its log lines carry: the script's run, the generation.
    """

    at: datetime.datetime
    kind: str
    what: str
    ids: tuple[tuple[str, str], ...]


_lock: Final = Lock()
_kept: Final[deque[NotedError]] = deque(maxlen=MOST_KEPT)


def note(error: Exception) -> None:
    """Count an error and keep it among the last ones; the same one shown again is not a new one."""
    if is_noted(error):
        return
    from components.operations import metrics

    error.noted = True  # type: ignore[attr-defined]  # an exception takes any attribute
    known = isinstance(error, VisitorError)
    kind = type(error).__name__ if known else UNEXPECTED
    metrics.ERRORS.labels(kind).inc()
    what = error.template if isinstance(error, VisitorError) else type(error).__name__
    entry = NotedError(at=datetime.datetime.now(datetime.UTC), kind=kind, what=what, ids=tuple(logs.ids().items()))
    with _lock:
        _kept.append(entry)


def is_noted(error: Exception) -> bool:
    """Whether an error was noted before."""
    return getattr(error, "noted", False)


def last() -> tuple[NotedError, ...]:
    """Return the last errors, newest first."""
    with _lock:
        return tuple(reversed(_kept))
