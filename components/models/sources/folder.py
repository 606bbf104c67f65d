"""Model files that are already on this machine: part of the project, or in a folder of your own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from components.models.errors import EmptyFolder
from components.models.sources.base import Checkpoint, Report

BUNDLED: Final = Path(__file__).resolve().parents[1] / "bundled"


@dataclass(frozen=True)
class FolderSource:
    """A model in a local folder: nothing is ever fetched."""

    model_id: str
    folder: Path
    download_bytes: int = 0

    def is_local(self) -> bool:
        """Whether the folder holds a model."""
        return (self.folder / "config.json").is_file()

    def fetch(self, *, report: Report, checkpoint: Checkpoint) -> Path:
        """Return the folder.

        Raises
        ------
        EmptyFolder
            If there is no model in it.
        """
        if not self.is_local():
            raise EmptyFolder(model=self.model_id)
        return self.folder


def bundled(model_id: str, folder: str) -> FolderSource:
    """Return the source of a model that is part of this project."""
    return FolderSource(model_id=model_id, folder=BUNDLED / folder)
