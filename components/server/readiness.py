"""`/healthz` says that the process answers, `/readyz` whether visitors should be sent here, and if not, why.

Both are open to whoever reaches the port, so they name parts and nothing that is in the settings.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from components.core.settings import settings
from components.models.errors import ModelError
from components.models.registry import records
from components.models.store import local_folder
from components.operations import stopping
from components.server import menu, weights

OK: Final = "ok"


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
    from components.models.tensors import stored_tensors  # NumPy with it, which no server waits for at its start

    for record in records():
        if record.embedded:
            try:
                stored_tensors(local_folder(record))
            except (ModelError, OSError):
                return f"{record.id} cannot be read"
    changed = weights.embedded().changed()
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
