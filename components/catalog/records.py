"""What is known about a foundation model: the row types of data/*.toml.

Every fact says where it comes from and which day's state that source shows. What was looked for and not found says so
(`missing`); it is never guessed.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, StringConstraints, model_validator

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES

Kind = Literal[
    "encoder",
    "decoder",
    "encoder-decoder",
    "moe-decoder",
    "hybrid-moe",
    "vae-decoder",
    "latent-diffusion",
    "diffusion-transformer",
    "vit-segmenter",
]
Modality = Literal["text", "image", "video", "speech", "audio", "points", "boxes", "mask", "embedding"]
Task = Literal[
    "text-generation",
    "text2text-generation",
    "fill-mask",
    "text-classification",
    "question-answering",
    "feature-extraction",
    "text-to-image",
    "image-to-image",
    "text-to-video",
    "audio-to-audio",
    "mask-generation",
]
"""The Hugging Face Hub's own names for what a model does."""
Provider = Literal[
    "ai21", "amazon", "anthropic", "bigscience", "eleutherai", "google", "meta", "openai", "stability", "tii"
]
Venue = Literal["bedrock", "jumpstart", "openai-api", "anthropic-api", "ai21-api"]
"""Where a model is offered as a service. Weights that can be downloaded are a fact of their own."""
Missing = Literal["not published", "not found", "not applicable"]

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]*$")]
PartialDate = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d\d(-\d\d)?)?$")]
"""A year, a month or a day in ISO 8601: as exact as the source."""
Url = Annotated[str, StringConstraints(pattern=r"^https://\S+$")]

_STRICT = ConfigDict(frozen=True, extra="forbid")
T = TypeVar("T")


class Source(BaseModel):
    """A page that was read.

    Attributes
    ----------
    as_of
        The day whose state it shows: its own date, or the day it was read where it has none.
    about
        Ids of the models it says something of; `*` stands for any characters.
    """

    model_config = _STRICT

    title: str
    url: tuple[Url, ...] = Field(min_length=1)
    as_of: datetime.date
    about: tuple[str, ...] = Field(min_length=1, exclude=True)


class Words(BaseModel):
    """A sentence or two. In a file each language has a field of its own, beside the others of the table.

    Attributes
    ----------
    texts
        By language code; English is always there.
    """

    model_config = _STRICT

    texts: dict[str, str]

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, fields: dict[str, object]) -> dict[str, object]:
        others = {name: value for name, value in fields.items() if name not in LANGUAGES}
        return others | {"texts": {code: fields[code] for code in LANGUAGES if code in fields}}

    @model_validator(mode="after")
    def _has_english(self) -> Words:
        if not self.texts.get(DEFAULT_LANGUAGE):
            raise ValueError(f"a text needs the field {DEFAULT_LANGUAGE}")
        return self


class SourcedWords(Words):
    """Prose with its sources."""

    source: tuple[Source, ...] = Field(min_length=1)


class Fact(BaseModel, Generic[T]):
    """One fact.

    Attributes
    ----------
    missing
        Why there is no value, where there is none.
    source
        At least one where there is a value.
    conflict
        Whether another source says something else; the record's note tells what.
    """

    model_config = _STRICT

    value: T | None = None
    missing: Missing | None = None
    source: tuple[Source, ...] = ()
    conflict: bool = False

    @model_validator(mode="after")
    def _whole(self) -> Fact[T]:
        if (self.value is None) == (self.missing is None):
            raise ValueError("a fact has either a value or a reason why there is none (missing)")
        if self.value is not None and not self.source:
            raise ValueError("a fact with a value needs a source")
        return self

    @property
    def as_of(self) -> datetime.date | None:
        """The latest day whose state a source shows; None where nothing was found."""
        return max((source.as_of for source in self.source), default=None)


class Size(BaseModel):
    """One size a model comes in.

    Attributes
    ----------
    total
        Parameters.
    active
        Parameters that work on one token, where not all do (mixture of experts).
    preset
        Name of the configuration in `presets.py` from which `total` is recomputed.
    """

    model_config = _STRICT

    label: str
    total: PositiveInt
    active: PositiveInt | None = None
    preset: str | None = None


class Languages(BaseModel):
    """The languages a model is meant for.

    Attributes
    ----------
    codes
        ISO 639-1 where they are known by name.
    count
        How many there are, where a source gives a number.
    mainly
        Whether the model knows others a little.
    """

    model_config = _STRICT

    codes: tuple[str, ...]
    count: PositiveInt | None = None
    mainly: bool = False


class Offer(BaseModel):
    """A place where the model is, or was, offered as a service. What it is today follows from its dates.

    Attributes
    ----------
    id
        What the service calls it.
    listed
        A day on which the service still listed it.
    legacy, legacy_by
        The day it became Legacy; or a day on which it was Legacy already, where the first is not known.
    extended
        The day public extended access began.
    eol, gone_by
        The day of its end of life; or a day on which it was gone already.
    inference
        Bedrock: on demand, and the geographies it has inference profiles for.
    regions
        Bedrock: in how many regions.
    profile_only
        Bedrock: whether the bare id is refused, so that an inference profile has to be named.
    """

    model_config = _STRICT

    venue: Venue
    id: str
    source: tuple[Source, ...] = Field(min_length=1)
    listed: datetime.date | None = None
    legacy: datetime.date | None = None
    legacy_by: datetime.date | None = None
    extended: datetime.date | None = None
    eol: datetime.date | None = None
    gone_by: datetime.date | None = None
    inference: tuple[str, ...] = ()
    regions: PositiveInt | None = None
    profile_only: bool = False
    streaming: bool = False

    @model_validator(mode="after")
    def _dated(self) -> Offer:
        if not (self.listed or self.eol or self.gone_by):
            raise ValueError(f"{self.id}: an offer needs a date: listed, eol or gone_by")
        return self


class Model(BaseModel):
    """One system: a model, or the sizes and editions published under one name."""

    model_config = _STRICT

    id: Slug
    name: str
    kind: Fact[Kind]
    released: Fact[PartialDate]
    inputs: Fact[tuple[Modality, ...]]
    outputs: Fact[tuple[Modality, ...]]
    tasks: Fact[tuple[Task, ...]]
    parameters: Fact[tuple[Size, ...]]
    context: Fact[PositiveInt]
    licence: Fact[str]
    open_weights: Fact[bool]
    languages: Fact[Languages]
    successors: Fact[tuple[str, ...]]
    hub_id: str | None = None
    registry_id: str | None = None
    note: Words | None = None
    offers: tuple[Offer, ...] = ()


class Family(BaseModel):
    """A line of models from one maker."""

    model_config = _STRICT

    id: Slug
    name: str
    place: PositiveInt
    provider: Provider
    developer: Fact[str]
    about: SourcedWords
    uses: SourcedWords
    models: tuple[Model, ...] = Field(min_length=1)
