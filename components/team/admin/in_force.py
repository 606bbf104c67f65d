"""The settings in force, as they may be shown: a secret says that it is set, not what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.core import settings_reference
from components.core.settings import Settings

NOTHING: Final = "–"


@dataclass(frozen=True, kw_only=True)
class InForce:
    """One setting.

    Attributes
    ----------
    value
        As it may be shown; `NOTHING` where nothing is set.
    """

    name: str
    value: str
    changed: bool


def in_force(settings: Settings) -> tuple[InForce, ...]:
    """Return every setting. Pydantic writes stars for secrets, those inside of tables too."""
    shown, defaults = settings.model_dump(mode="json"), Settings.model_construct().model_dump(mode="json")
    return tuple(
        InForce(
            name=row.name,
            value=_written(shown[row.name]),
            changed=shown[row.name] != defaults[row.name],
        )
        for row in settings_reference.rows()
    )


def _written(value: object) -> str:
    if value is None or value in ([], {}):
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and not any(isinstance(each, Mapping) for each in value):
        return ", ".join(str(each) for each in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, Mapping)) else str(value)
