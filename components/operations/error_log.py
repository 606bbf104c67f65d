"""The last errors, for the operator: what kind, when, where, and the reference that its log lines carry.

No message is kept: it may hold what a visitor typed. The sentence of a kind, without its values, says what it means.
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
class RecordedError:
    """One error.

    Attributes
    ----------
    kind
        The class of an error that visitors see as a sentence; `UNEXPECTED` for everything else.
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
_kept: Final[deque[RecordedError]] = deque(maxlen=MOST_KEPT)


def record(error: Exception) -> None:
    """Count an error and keep it among the last ones; an error that is shown again is not counted again."""
    if is_recorded(error):
        return
    from components.operations import metrics

    error.recorded = True  # type: ignore[attr-defined]  # an exception takes any attribute
    known = isinstance(error, VisitorError)
    kind = type(error).__name__ if known else UNEXPECTED
    metrics.ERRORS.labels(kind).inc()
    what = error.template if isinstance(error, VisitorError) else type(error).__name__
    entry = RecordedError(at=datetime.datetime.now(datetime.UTC), kind=kind, what=what, ids=tuple(logs.ids().items()))
    with _lock:
        _kept.append(entry)


def is_recorded(error: Exception) -> bool:
    """Whether an error was recorded before."""
    return getattr(error, "recorded", False)


def recent() -> tuple[RecordedError, ...]:
    """Return the last errors, newest first."""
    with _lock:
        return tuple(reversed(_kept))
