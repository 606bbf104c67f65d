"""The curated records, read once from data/*.toml and checked."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from components.catalog.records import Fact, Family, Model
from components.core.errors import VisitorError
from components.core.i18n import N_

FOLDER: Final = Path(__file__).with_name("data")
SOURCES: Final = "sources.toml"


class CatalogError(ValueError):
    """A data file has a mistake; the message names the file, the place and the value."""


class UnknownFoundationModel(VisitorError):
    """No record has this id. Value: `model`."""

    template = N_("The catalogue has no model “{model}”.")
    advice = N_("Choose a model from the list.")


def families() -> tuple[Family, ...]:
    """Return the families in their order of presentation."""
    return read(FOLDER)


def models() -> tuple[Model, ...]:
    """Return all records, family by family."""
    return tuple(model for family in families() for model in family.models)


def curated_on() -> datetime.date:
    """Return the day on which the sources were last gone through: the latest that one of them shows."""
    facts = (getattr(model, name) for model in models() for name in Model.model_fields)
    return max(fact.as_of for fact in facts if isinstance(fact, Fact) and fact.as_of)


def model(model_id: str) -> Model:
    """Return one record.

    Raises
    ------
    UnknownFoundationModel
        If there is none with this id.
    """
    for candidate in models():
        if candidate.id == model_id:
            return candidate
    raise UnknownFoundationModel(model=model_id)


def family_of(model_id: str) -> Family:
    """Return the family a record belongs to.

    Raises
    ------
    UnknownFoundationModel
        If there is no record with this id.
    """
    for family in families():
        if any(candidate.id == model_id for candidate in family.models):
            return family
    raise UnknownFoundationModel(model=model_id)


@cache
def read(folder: Path) -> tuple[Family, ...]:
    """Read and check a folder of data files: `sources.toml` and one file a family.

    Raises
    ------
    CatalogError
        If a file is no TOML, a field is missing, unknown or not allowed, a fact has no source, a source is not
        listed or says nothing of that model, or two records have the same id.
    """
    sources = _toml(folder / SOURCES)
    paths = (path for path in folder.glob("*.toml") if path.name != SOURCES)
    found = sorted((_family(path, sources) for path in paths), key=lambda family: family.place)
    ids = [model.id for family in found for model in family.models]
    twice = sorted({model_id for model_id in ids if ids.count(model_id) > 1})
    if twice:
        raise CatalogError(f"{folder.name}: ids stand twice: {', '.join(twice)}")
    return tuple(found)


def _family(path: Path, sources: Mapping[str, Any]) -> Family:
    rows = _toml(path)
    defaults = rows.pop("defaults", {})
    rows["models"] = [{**defaults, **row} for row in rows.get("models", [])]
    for row in rows["models"]:
        _require_sources_about(row, sources, path.name)
    rows = _with_sources(rows, sources, path.name)
    try:
        return Family.model_validate(rows)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'])} = {problem['input']!r}: {problem['msg']}"
            for problem in error.errors()
        )
        raise CatalogError(f"{path.name}: {problems}") from error


def _require_sources_about(row: Mapping[str, Any], sources: Mapping[str, Any], where: str) -> None:
    """Refuse a fact, its own or inherited, whose source says nothing of the model.

    A successor may also be named by a source about the successor.
    """
    for field, fact in _facts(row):
        ids = [row.get("id", ""), *(fact.get("value", ()) if field == "successors" else ())]
        for key in _keys(fact["source"]):
            about = sources.get(key, {}).get("about", ["*"])
            if not any(fnmatchcase(model_id, pattern) for model_id in ids for pattern in about):
                raise CatalogError(f"{where}: {row.get('id')}.{field}: the source {key} is not about this model")


def _facts(row: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for field, value in row.items():
        for fact in value if isinstance(value, list) else [value]:
            if isinstance(fact, dict) and "source" in fact:
                yield field, fact


def _keys(source: str | list[str]) -> list[str]:
    return [source] if isinstance(source, str) else source


def _with_sources(value: Any, sources: Mapping[str, Any], where: str) -> Any:  # noqa: ANN401 (any TOML value)
    """Put the sources themselves where the file names them by key."""
    if isinstance(value, list):
        return [_with_sources(part, sources, where) for part in value]
    if not isinstance(value, dict):
        return value
    whole = {}
    for name, part in value.items():
        if name != "source":
            whole[name] = _with_sources(part, sources, where)
            continue
        keys = _keys(part)
        unknown = [key for key in keys if key not in sources]
        if unknown:
            raise CatalogError(f"{where}: {SOURCES} has no source {', '.join(unknown)}")
        whole[name] = [sources[key] for key in keys]
    return whole


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise CatalogError(f"{path.name}: {error}") from error
