"""What AWS answered, in our own shape. Values AWS invents after this was written are kept as they are.

The service models list modalities, inference types and states as enums, but the live API returns others (VIDEO,
INFERENCE_PROFILE); botocore checks neither direction. So every state here is a plain string.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from components.aws.problems import Problem

Call = Literal["models", "profiles", "hub", "endpoints", "connection"]


@dataclass(frozen=True)
class Trouble:
    """One call that did not give (all of) its answer. Never holds AWS's own message: it may quote credentials."""

    call: Call
    problem: Problem


@dataclass(frozen=True)
class BedrockModel:
    """A row of ListFoundationModels."""

    id: str
    name: str
    provider: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    inference: tuple[str, ...]
    streaming: bool
    status: str
    legacy: datetime.date | None
    eol: datetime.date | None


@dataclass(frozen=True)
class Profile:
    """A row of ListInferenceProfiles: an id that routes to a model in one of several regions."""

    id: str
    name: str
    status: str
    models: tuple[str, ...]
    """Ids of the models behind it."""


@dataclass(frozen=True)
class HubModel:
    """A row of ListHubContents in the public SageMaker hub (JumpStart)."""

    id: str
    title: str
    version: str
    support: str
    keywords: tuple[str, ...]


@dataclass(frozen=True)
class Endpoint:
    """A row of ListEndpoints: something that runs, and costs, until it is deleted."""

    name: str
    status: str
    created: datetime.datetime | None


@dataclass(frozen=True)
class Availability:
    """What GetFoundationModelAvailability says about calling a model with this account, here."""

    agreement: str
    authorization: str
    entitlement: str
    region: str


@dataclass(frozen=True)
class Overlay:
    """Everything that was asked at one moment."""

    region: str | None
    fetched: datetime.datetime
    models: tuple[BedrockModel, ...] = ()
    profiles: tuple[Profile, ...] = ()
    hub: tuple[HubModel, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    @property
    def connected(self) -> bool:
        """Whether any call was answered."""
        return bool(self.models or self.profiles or self.hub or self.endpoints)

    def bedrock(self, model_id: str) -> BedrockModel | None:
        """Return the row of a Bedrock model, None if it is not listed here."""
        return next((model for model in self.models if model.id == model_id), None)

    def callable_id(self, model_id: str) -> str | None:
        """Return the id to call a model by: its own, or an inference profile that leads to it.

        Profiles of the region's own geography come before global ones: they keep the data there.
        """
        row = self.bedrock(model_id)
        if row and "ON_DEMAND" in row.inference:
            return model_id
        leading = [profile.id for profile in self.profiles if model_id in profile.models]
        return next((found for found in leading if not found.startswith("global.")), next(iter(leading), None))
