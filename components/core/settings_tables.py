"""Settings that are tables of their own in `dashboard.toml`: servers, endpoints, prices."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, NonNegativeFloat, SecretStr
from pydantic import field_validator as validates


class OpenAIServer(BaseModel):
    """A server that speaks OpenAI's API: `[[openai_servers]]` in `dashboard.toml`.

    Attributes
    ----------
    name
        The name that the page shows.
    base_url
        Its address up to and with `/v1`.
    models
        Ids of the models that visitors may use there.
    key
        The bearer token that the server asks for. If not set, none is sent.
    key_file
        A file that holds the key instead, as with secrets of Kubernetes and Docker. It is read for each request.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    base_url: HttpUrl
    models: tuple[str, ...] = Field(min_length=1)
    key: SecretStr | None = None
    key_file: Path | None = None

    @validates("base_url")
    @classmethod
    def _has_no_credentials(cls, address: HttpUrl) -> HttpUrl:
        # An address turns up in messages and logs.
        if address.username or address.password or address.query:
            raise ValueError("the address must not hold credentials or a query; set `key` or `key_file` instead")
        return address

    def secret(self) -> str | None:
        """Return the key, None if the server asks for none.

        Raises
        ------
        OSError, UnicodeDecodeError
            If the file cannot be read.
        """
        if self.key is not None:
            return self.key.get_secret_value()
        return None if self.key_file is None else self.key_file.read_text("utf-8").strip()


class SageMakerEndpoint(BaseModel):
    """An endpoint that generates text: `[[sagemaker_endpoints]]` in `dashboard.toml`.

    Attributes
    ----------
    name
        Its name in SageMaker.
    dialect
        What its container reads: "text" is `{"inputs", "parameters"}` (TGI, most of JumpStart), "chat" is OpenAI's
        form of a conversation (LMI and vLLM).
    stream
        Whether its container can send an answer as it is written.
    component
        The inference component, where the endpoint holds several models.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    dialect: Literal["text", "chat"]
    stream: bool = True
    component: str | None = None


class ModelPrice(BaseModel):
    """What a remote model costs: `[[prices]]` in `dashboard.toml`. The dashboard knows no prices by itself.

    Attributes
    ----------
    model
        Its id, as it is offered.
    input_usd, output_usd
        US dollars for a million tokens read and written.
    source_url, seen
        Where that was read, and when.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    input_usd: NonNegativeFloat
    output_usd: NonNegativeFloat
    source_url: HttpUrl
    seen: datetime.date


class InstancePrice(BaseModel):
    """What a SageMaker instance costs: `[[instance_prices]]` in `dashboard.toml`. The dashboard knows no prices itself.

    Attributes
    ----------
    instance
        Its type, such as `ml.g5.2xlarge`.
    usd_an_hour
        US dollars for each hour that an endpoint on it exists.
    source_url, seen
        Where that was read, and when.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    instance: str = Field(pattern=r"^ml\.")
    usd_an_hour: NonNegativeFloat
    source_url: HttpUrl
    seen: datetime.date
