"""Whether the server was told to stop. Who works long looks here, ends in good order and keeps what is done."""

from __future__ import annotations

from threading import Event
from typing import Final

_told: Final = Event()


def tell() -> None:
    """Say that the server stops; there is no way back."""
    _told.set()


def told() -> bool:
    """Whether the server stops."""
    return _told.is_set()
