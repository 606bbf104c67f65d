"""Checksums: of files that arrive, and of weights at each load, in case bits have flipped on the disk.

safetensors has no checksum of its own. A flipped bit changes a weight, the model goes on computing, and a lesson would
show wrong numbers. So the checksums are noted when the files arrive. Large files are read piece by piece, so that a
visitor can stop it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from components.models.errors import CorruptFile

if TYPE_CHECKING:
    from hashlib import _Hash

SUMS: Final = "SHA256SUMS"
"""As `sha256sum` writes it; a folder without one, such as an operator's own model, is not checked."""

_WEIGHTS: Final = ("*.safetensors", "*.gguf")
_CHUNK_BYTES: Final = 4_000_000


def note_checksums(folder: Path, *, checkpoint: Callable[[], None]) -> None:
    """Write down the checksums of a folder's weights, if it has any."""
    files = sorted(file for pattern in _WEIGHTS for file in folder.glob(pattern))
    lines = [f"{sha256(file, checkpoint=checkpoint)}  {file.name}\n" for file in files]
    if lines:
        (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def require_unchanged(folder: Path) -> None:
    """Refuse weights that have changed since they arrived.

    Raises
    ------
    CorruptFile
        If a file has another checksum than the noted one, or the notes are unreadable.
    """
    for noted, name in _noted(folder):
        file = folder / name
        if file.is_file() and sha256(file, checkpoint=lambda: None) != noted:
            raise CorruptFile(file=name, reason="it is no longer what it was when it came to this machine")


def _noted(folder: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError) as error:
        raise CorruptFile(file=SUMS, reason=error) from error
    for line in lines:
        noted, _, name = line.partition("  ")
        if Path(name).name != name or not name:
            raise CorruptFile(file=SUMS, reason="a line is not a checksum, two spaces and the name of a file")
        yield noted, name


def sha256(path: Path, *, checkpoint: Callable[[], None]) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    return _digest(path, hashlib.sha256(), checkpoint)


def git_blob(path: Path, *, checkpoint: Callable[[], None]) -> str:
    """Return the name git gives a file's content: SHA-1 of "blob", its size, a zero byte, and the content."""
    start = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    return _digest(path, start, checkpoint)


def _digest(path: Path, digest: _Hash, checkpoint: Callable[[], None]) -> str:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            checkpoint()
            digest.update(chunk)
    return digest.hexdigest()
