"""The models a visitor can choose: registry.toml, a deployment's own file, and any Hub id where allowed.

Both files are read once and checked. `ModelParameter` is the `model` parameter of a page's link.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from components.core.i18n import DEFAULT_LANGUAGE, _
from components.core.parameters import list_options
from components.core.policy import is_allowed
from components.core.settings import Settings, SettingsError, settings
from components.models.errors import UnknownModel
from components.models.records import Architecture, HubFiles, HubId, ModelRecord, Task

FILE: Final = Path(__file__).with_name("registry.toml")
DEFAULT_ENCODER: Final = "classroom-bert"
DEFAULT_DECODER: Final = "classroom-gpt2"

_OWN_RULE: Final = "it needs a task, and a source of kind 'path', 'hub' or 'wheel'"
_RECORD: Final = TypeAdapter(ModelRecord)
_HUB_ID: Final = TypeAdapter(HubId)


class RegistryError(SettingsError):
    """A registry file has a mistake; the message names the file, the model and the field."""


def records(
    *, tasks: Collection[Task] | None = None, architectures: Collection[Architecture] | None = None
) -> tuple[ModelRecord, ...]:
    """Return the models of the registry in its order: all, or those of these tasks and architectures.

    Raises
    ------
    RegistryError
        If the deployment's own file (`models_file`) has a mistake.
    """
    return tuple(
        model
        for model in _all(settings().models_file)
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
    choices = choices or settings()
    known = _all(choices.models_file)
    for model in known:
        if model.id == model_id:
            return model
    if choices.downloads and choices.any_hub_id and _is_hub_id(model_id):
        return ModelRecord(
            id=model_id,
            title={DEFAULT_LANGUAGE: model_id},
            source=HubFiles(kind="hub", repository=model_id),
            licence_url=f"https://huggingface.co/{model_id}",
        )
    raise UnknownModel(model=model_id, allowed=", ".join(model.id for model in known))


@cache
def _all(own: Path | None) -> tuple[ModelRecord, ...]:
    """Return the models of registry.toml, then those of a deployment's own file."""
    models = read(FILE)
    if own is None:
        return models
    added = read(own)
    known = {model.id for model in models}
    for model in added:
        if model.id in known:
            raise RegistryError(f"{own.name}: {FILE.name} has a model {model.id!r} already; choose another id")
        if model.embedded or model.task is None:
            raise RegistryError(f"{own.name}, model {model.id!r}: {_OWN_RULE}")
    return models + added


def read(path: Path) -> tuple[ModelRecord, ...]:
    """Read and check a registry file.

    Raises
    ------
    RegistryError
        If it cannot be read, is no TOML, a field is missing, unknown or has a value that is not allowed, or an
        id occurs twice.
    """
    try:
        rows = tomllib.loads(path.read_text("utf-8")).get("models", [])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RegistryError(f"{path.name}: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise RegistryError(f"{path.name}: each model is a block that begins with [[models]]")
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


@dataclass(frozen=True)
class ModelParameter:
    """Which model a page shows.

    Attributes
    ----------
    name
        In the address, and the key of the menu.
    default
        An embedded model: what the page shows when the link does not say, or asks for one that is not here.
    tasks
        What the page's models can do, as the registry calls it; None for a page that only needs a tokenizer.
    meaning
        What docs/links.md says about it, besides which models fit.
    """

    name: str
    default: str
    tasks: Sequence[Task] | None = None
    meaning: str = ""

    def problem(self, written: str) -> str | None:
        """Return what is allowed, if an id written in a link is not; else None."""
        try:
            model = record(written)
        except UnknownModel:
            model = None
        if model is not None and is_allowed(model.id) and self._suits(model):
            return None
        return _("Allowed: {options}.").format(options=list_options([model.id for model in self.choices()]))

    def parse(self, written: str) -> str:
        """Return a fitting id as the menu holds it."""
        return written

    def choices(self) -> tuple[ModelRecord, ...]:
        """Return the models of the registry that the page can show and this visitor may use."""
        return tuple(model for model in records(tasks=self.tasks) if model.reads_text and is_allowed(model.id))

    def _suits(self, model: ModelRecord) -> bool:
        """Say whether the page can show a model; what a Hub repository can do is only known once it is here."""
        return model.task is None or (model.reads_text if self.tasks is None else model.task in self.tasks)
