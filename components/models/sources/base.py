"""What every source of model files can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol


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
