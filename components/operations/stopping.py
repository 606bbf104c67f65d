"""Whether the server was asked to stop. Long work looks here, ends in good order and keeps what is done."""

from __future__ import annotations

from threading import Event
from typing import Final

_requested: Final = Event()


def request() -> None:
    """Ask everything to stop; this cannot be undone."""
    _requested.set()


def is_requested() -> bool:
    """Whether the server is stopping."""
    return _requested.is_set()
