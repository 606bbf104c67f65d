"""How an exported script names a model, and what it says where the model's folder is not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from components.core.i18n import _
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


def require_folders(models: Mapping[str, str]) -> str:
    """Return lines of a script that stop it where a built-in model is not, and say so in one sentence.

    Without them transformers takes the path for a Hub id, and complains of its form.

    Parameters
    ----------
    models
        The name of each model, by the expression that holds it in the script: `{"MODEL": "bert-base-uncased"}`.
    """
    sentence = _(
        "This folder is not here. The classroom models are part of the dashboard's project, not of the Hugging Face "
        "Hub: run this in the project's folder, or put the path of the model's folder into {variable}."
    )
    checks = [
        f"if {variable}.startswith({_BUNDLED!r}) and not Path({variable}).is_dir():\n"
        f"    raise FileNotFoundError({variable} + {': ' + sentence.format(variable=variable)!r})"
        for variable, name in models.items()
        if name.startswith(_BUNDLED)
    ]
    return "\n".join(["from pathlib import Path", "", *checks, "", ""]) if checks else ""
