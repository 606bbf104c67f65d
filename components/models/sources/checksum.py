"""Checksums of files, computed piece by piece so that a large file can be stopped half way."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from components.models.sources.base import Checkpoint

if TYPE_CHECKING:
    from hashlib import _Hash

_CHUNK_BYTES: Final = 4_000_000


def sha256(path: Path, *, checkpoint: Checkpoint) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return _digest(path, hashlib.sha256(), checkpoint)


def git_blob(path: Path, *, checkpoint: Checkpoint) -> str:
    """Return the name git gives a file's content: SHA-1 of "blob", its size, a zero byte, and the content."""
    start = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    return _digest(path, start, checkpoint)


def _digest(path: Path, digest: _Hash, checkpoint: Checkpoint) -> str:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            checkpoint()
            digest.update(chunk)
    return digest.hexdigest()
