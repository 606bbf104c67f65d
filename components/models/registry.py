"""The models a visitor can choose: registry.toml, read once and checked, and any Hub id where allowed."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from components.models.errors import UnknownModel
from components.models.records import Architecture, HubFiles, HubId, ModelRecord, Task
from components.settings import Settings, settings

FILE: Final = Path(__file__).with_name("registry.toml")
DEFAULT_ENCODER: Final = "classroom-bert"
DEFAULT_DECODER: Final = "classroom-gpt2"

_RECORD: Final = TypeAdapter(ModelRecord)
_HUB_ID: Final = TypeAdapter(HubId)


class RegistryError(ValueError):
    """registry.toml has a mistake; the message names the model and the field."""


def records(
    *, tasks: Collection[Task] | None = None, architectures: Collection[Architecture] | None = None
) -> tuple[ModelRecord, ...]:
    """Return the models of the registry in its order: all, or those of these tasks and architectures."""
    return tuple(
        model
        for model in read(FILE)
        if (tasks is None or model.task in tasks) and (architectures is None or model.architecture in architectures)
    )


def record(model_id: str, *, choices: Settings | None = None) -> ModelRecord:
    """Return the model with this id.

    An id that is not in the registry is taken as a Hugging Face repository where the deployment allows it
    (`any_hub_id` and `downloads`); of such a model nothing but the id is known yet.

    Raises
    ------
    UnknownModel
        If the id is not in the registry, and not allowed or not possible as a Hub id.
    """
    for model in read(FILE):
        if model.id == model_id:
            return model
    choices = choices or settings()
    if choices.downloads and choices.any_hub_id and _is_hub_id(model_id):
        return ModelRecord(
            id=model_id,
            title=model_id,
            source=HubFiles(kind="hub", repository=model_id),
            licence_url=f"https://huggingface.co/{model_id}",
        )
    raise UnknownModel(model=model_id, allowed=", ".join(model.id for model in read(FILE)))


@cache
def read(path: Path) -> tuple[ModelRecord, ...]:
    """Read and check a registry file.

    Raises
    ------
    RegistryError
        If it is no TOML, a field is missing, unknown or has a value that is not allowed, or an id stands
        twice.
    """
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("models", [])
    except tomllib.TOMLDecodeError as error:
        raise RegistryError(f"{path.name}: {error}") from error
    models = tuple(_checked(row, path) for row in rows)
    ids = [model.id for model in models]
    for model_id in ids:
        if ids.count(model_id) > 1:
            raise RegistryError(f"{path.name}: the id {model_id!r} stands twice")
    return models


def _checked(row: dict[str, Any], path: Path) -> ModelRecord:
    try:
        return _RECORD.validate_python(row)
    except ValidationError as error:
        problems = "; ".join(
            f"field {'.'.join(str(part) for part in problem['loc'])} = {problem['input']!r}: {problem['msg']}"
            for problem in error.errors()
        )
        raise RegistryError(f"{path.name}, model {row.get('id')!r}: {problems}") from error


def _is_hub_id(model_id: str) -> bool:
    try:
        _HUB_ID.validate_python(model_id)
    except ValidationError:
        return False
    return True
