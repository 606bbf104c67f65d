"""How an exported notebook names a model."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from components.models.records import ModelRecord

_BUNDLED: Final = "components/models/bundled"


def loadable_name(record: ModelRecord, folder: Path) -> str:
    """Return what `from_pretrained` needs: a Hub id, or a folder, for the embedded models from the project's root."""
    match record.source.kind:
        case "bundled":
            return f"{_BUNDLED}/{record.source.folder}"
        case "hub":
            return record.source.repository
        case _:
            return str(folder)


def is_bundled(name: str) -> bool:
    """Say whether a name is that of an embedded model, which is found in the project's folder only."""
    return name.startswith(_BUNDLED)
