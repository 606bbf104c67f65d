"""Bits that turned over on a disk: weights are compared, at each load, with the checksums noted when they came.

safetensors has no checksum of its own. A flipped bit makes another number of a weight, the model goes on computing, and
a lesson would show what is not so.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from components.models.errors import CorruptFile
from components.models.sources.base import Checkpoint
from components.models.sources.checksum import sha256

SUMS: Final = "SHA256SUMS"
"""As `sha256sum` writes it; a folder without one, such as a model of your own, is not checked."""

_WEIGHTS: Final = ("*.safetensors", "*.gguf")


def note_checksums(folder: Path, *, checkpoint: Checkpoint) -> None:
    """Write down the checksums of a folder's weights, if it has any."""
    files = sorted(file for pattern in _WEIGHTS for file in folder.glob(pattern))
    lines = [f"{sha256(file, checkpoint=checkpoint)}  {file.name}\n" for file in files]
    if lines:
        (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def require_unchanged(folder: Path) -> None:
    """Refuse weights that are not what they were.

    Raises
    ------
    CorruptFile
        If a file has another checksum than the one that was noted, or what was noted is not readable.
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
