"""Whether the embedded models' weights are what they were when they came, for `/readyz`.

Reading 100 MB takes a moment, so it is done in the background: once after the start, again when a file of theirs looks
different, and once an hour, since a bit that turned over on the disk changes neither size nor time. An answer is what
was found last.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from components.models.errors import ModelError
from components.models.integrity import require_unchanged
from components.models.registry import records
from components.models.store import local_folder

EVERY_S: Final = 3600.0

log = logging.getLogger(__name__)

_Look = tuple[tuple[str, int, int], ...]


class WeightsCheck:
    """The state of some models' weights.

    Parameters
    ----------
    folders
        Where they are, by the models' ids.
    now_s
        The clock.
    """

    def __init__(self, folders: Mapping[str, Path], *, now_s: Callable[[], float] = time.monotonic) -> None:
        self._folders = folders
        self._now_s = now_s
        self._lock = threading.Lock()
        self._reading: threading.Thread | None = None
        self._read_s: float | None = None
        self._looked: dict[str, _Look] = {}
        self._changed: tuple[str, ...] = ()

    def changed(self) -> tuple[str, ...]:
        """Return the models whose weights had changed when they were read last; start to read again if it is time."""
        with self._lock:
            if not (self._reading and self._reading.is_alive()) and self._is_due():
                self._reading = threading.Thread(target=self._read, name="weights", daemon=True)
                self._reading.start()
            return self._changed

    def finish(self) -> None:
        """Wait until nothing is being read."""
        reading = self._reading
        if reading is not None:
            reading.join()

    def _is_due(self) -> bool:
        if self._read_s is None or self._now_s() - self._read_s >= EVERY_S:
            return True
        return any(_look(folder) != self._looked.get(name) for name, folder in self._folders.items())

    def _read(self) -> None:
        looked = {name: _look(folder) for name, folder in self._folders.items()}
        changed = tuple(name for name, folder in self._folders.items() if not _is_unchanged(folder))
        for name in set(changed) - set(self._changed):
            log.error("the weights of %s are no longer what they were when they came to this machine", name)
        with self._lock:
            self._looked, self._changed, self._read_s = looked, changed, self._now_s()


def _look(folder: Path) -> _Look:
    """Return what can be seen of a folder's files without reading them."""
    try:
        found = [(file.name, file.stat()) for file in sorted(folder.iterdir()) if file.is_file()]
    except OSError:
        return ()
    return tuple((name, state.st_size, state.st_mtime_ns) for name, state in found)


def _is_unchanged(folder: Path) -> bool:
    try:
        require_unchanged(folder)
    except (ModelError, OSError):
        return False
    return True


@cache
def embedded() -> WeightsCheck:
    """Return the check of the embedded models' weights."""
    return WeightsCheck({record.id: local_folder(record) for record in records() if record.embedded})
