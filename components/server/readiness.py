"""`/healthz` says that the process answers, `/readyz` whether visitors should be sent here, and if not, why.

Both are open to everybody who reaches the port, so they name parts and nothing that is in the settings.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from components.core.settings import settings
from components.models.errors import ModelError
from components.models.integrity import require_unchanged
from components.models.registry import records
from components.models.store import local_folder
from components.models.tensors import stored_tensors
from components.operations import stopping
from components.server import menu

OK: Final = "ok"
WEIGHTS_EVERY_S: Final = 3600.0

log = logging.getLogger(__name__)

_Look = tuple[tuple[str, int, int], ...]


def routes(root: str) -> list[Route]:
    """Return the routes under a path."""
    return [Route(f"{root}/healthz", _alive, methods=["GET"]), Route(f"{root}/readyz", _ready, methods=["GET"])]


def parts() -> dict[str, str]:
    """Return each part that visitors need, with `OK` or what is wrong."""
    found = {
        "server": "stopping" if stopping.is_requested() else OK,
        "menu": OK if menu.is_drawn() else "not drawn",
        "models": _models(),
    }
    if settings().profile == "team":
        found["database"] = _database()
    return found


async def _alive(_request: Request) -> Response:
    return JSONResponse({"alive": True})


async def _ready(_request: Request) -> Response:
    found = await run_in_threadpool(parts)
    ready = all(state == OK for state in found.values())
    status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return JSONResponse({"ready": ready, "parts": found}, status_code=status, headers={"Cache-Control": "no-store"})


def _models() -> str:
    """Look at the headers of the embedded models' files; their weights are compared in the background."""
    for record in records():
        if record.embedded:
            try:
                stored_tensors(local_folder(record))
            except (ModelError, OSError):
                return f"{record.id} cannot be read"
    changed = embedded_weights().changed()
    return f"{', '.join(changed)}: changed on the disk" if changed else OK


def _database() -> str:
    from components.team.errors import StoreUnavailable
    from components.team.store import faults
    from components.team.store.migrate import revision_mismatch
    from components.team.store.opening import store

    try:
        with store().reading() as session:
            wrong = revision_mismatch(session.connection())
    except StoreUnavailable as error:
        why = error.values["reason"]
        wrong = next((each for each in faults.OF_TABLES if each == why), None)
        if wrong is None:
            return "no answer"
    return OK if wrong is None else wrong.template  # in English, as all of this answer


class WeightsCheck:
    """Whether models' weights are what they were when they came.

    Reading them takes a moment, so it is done in the background: once after the start, again when a file of theirs
    looks different, and once an hour, since a bit that turned over on the disk changes neither size nor time. An answer
    is what was found last.

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
        if self._read_s is None or self._now_s() - self._read_s >= WEIGHTS_EVERY_S:
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
def embedded_weights() -> WeightsCheck:
    """Return the check of the embedded models' weights."""
    return WeightsCheck({record.id: local_folder(record) for record in records() if record.embedded})
