"""A model's folder appears all at once, or not at all, however many processes and tries it takes.

While a model is being fetched everything lies in `<folder>.partial`; only when it is complete is it renamed. A fetch
that breaks off leaves its partial folder, and the next try goes on from there.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from components.models.errors import NoSpace
from components.models.integrity import note_checksums
from components.models.sizes import readable_size
from components.models.sources.base import Checkpoint, Progress, Report

_LOOK_AGAIN_S: Final = 0.2


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
    """Give a folder to work in; what lies in its `files` becomes `folder` if the block succeeds.

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
