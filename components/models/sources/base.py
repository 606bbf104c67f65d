"""What every source of model files can do, and how a folder of them comes to be complete.

A model's folder appears all at once or not at all, however many processes and tries that takes. While a model is being
fetched everything is in `<folder>.partial`, which is renamed when it is complete. A fetch that breaks off leaves its
partial folder, and the next try goes on from there.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, Protocol

from filelock import FileLock, Timeout

from components.models.errors import NoSpace
from components.models.integrity import note_checksums
from components.models.sizes import readable_size

_LOOK_AGAIN_S: Final = 0.2


@dataclass(frozen=True)
class Progress:
    """How far a fetch is.

    Attributes
    ----------
    step
        `wait`: another process is fetching the same model; `download`; `unpack`: checking and unpacking;
        `convert`: writing the tokenizer in the form the dashboard reads.
    done_bytes, total_bytes
        Of this model's download; the total is None if nobody knows it.
    """

    step: Literal["wait", "download", "unpack", "convert"]
    done_bytes: int = 0
    total_bytes: int | None = None


Report = Callable[[Progress], None]
Checkpoint = Callable[[], None]
"""Called often during a fetch; raising in it abandons the fetch."""


class Source(Protocol):
    """A place that one model's files come from."""

    @property
    def folder(self) -> Path:
        """Where the files are, once they are here: config.json, tokenizer.json and weights."""

    @property
    def download_bytes(self) -> int | None:
        """What a fetch would load over the network; 0 for files that are always here, None if unknown."""

    def is_local(self) -> bool:
        """Whether the files are on this machine."""

    def fetch(self, *, report: Report, checkpoint: Checkpoint) -> Path:
        """Bring the files here, if they are not, and return their folder.

        Raises
        ------
        FetchError
            If they cannot be had; the subclass says why.
        CorruptFile, UnsafeFile
            If what came cannot be used.
        """


@contextmanager
def only_one(folder: Path, *, report: Report, checkpoint: Checkpoint) -> Iterator[None]:
    """Let one thread of one process at a time fill a folder; the others wait and can be stopped meanwhile."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(_beside(folder, "lock"))
    while True:
        checkpoint()
        try:
            lock.acquire(timeout=_LOOK_AGAIN_S)
            break
        except Timeout:
            report(Progress(step="wait"))
    try:
        yield
    finally:
        lock.release()


@contextmanager
def staging(folder: Path, model_id: str, *, needed_bytes: int | None) -> Iterator[Path]:
    """Give a folder to work in; its sub-folder `files` becomes `folder` if the block succeeds.

    Raises
    ------
    NoSpace
        If the disk is too full for `needed_bytes`, or fills up.
    """
    partial = _beside(folder, "partial")
    files = partial / "files"
    files.mkdir(parents=True, exist_ok=True)
    full = NoSpace(model=model_id, folder=folder.parent, needed=readable_size(needed_bytes or 0))
    if needed_bytes is not None and shutil.disk_usage(partial).free < needed_bytes:
        raise full
    try:
        yield partial
        note_checksums(files, checkpoint=lambda: None)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise full from error
        raise
    files.rename(folder)
    shutil.rmtree(partial)


def _beside(folder: Path, ending: str) -> Path:
    return folder.with_name(f"{folder.name}.{ending}")
