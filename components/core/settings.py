"""The settings of the operator: variables `DASHBOARD_…`, or the file `dashboard.toml`.

The file is read from the folder in which the dashboard is started, else from beside app.py: an operator does not write
into the folder of an installed package. An environment variable wins over the file, the file over the defaults. With
the defaults only the built-in models run: nothing is fetched, no request leaves the machine.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, NonNegativeInt, PositiveFloat, PositiveInt, SecretStr, ValidationError
from pydantic import field_validator as validates
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from pydantic_settings import SettingsError as UnreadableSource

from components.core.roles import canonical_email
from components.core.settings_tables import InstancePrice, ModelPrice, OpenAIServer, SageMakerEndpoint

PREFIX: Final = "DASHBOARD_"
_NAME: Final = "dashboard.toml"
FILE: Final = Path(_NAME).resolve() if Path(_NAME).is_file() else Path(__file__).resolve().parents[2] / _NAME
POSTGRESQL: Final = ("postgresql", "postgres", "postgresql+psycopg")
_SECRET: Final = ("openai_servers", "database")  # settings whose values no message quotes


class SettingsError(ValueError):
    """A setting has a value that is not allowed. The message names the setting, the value and what is allowed."""


def default_cache_folder() -> Path:
    """Return this platform's folder for files that can be fetched again."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        base = Path(local) if local else Path.home() / "AppData" / "Local"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "transformer-dashboard"


def default_data_folder() -> Path:
    """Return this platform's folder for data that must not be lost."""
    if sys.platform == "win32":
        return default_cache_folder().with_name("transformer-dashboard-data")
    base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return base / "transformer-dashboard"


def database_problem(address: str) -> str | None:
    """Return what is wrong with the address of a database. The text does not quote the address: it holds a password."""
    try:
        parts = urlsplit(address)
        named = parts.path.strip("/") and (parts.port or True)
    except ValueError:
        return "it is no address; the form is postgresql://user:password@host:5432/name"
    if parts.scheme not in POSTGRESQL:
        return "only PostgreSQL can be named here: postgresql://user:password@host/name. Without it, SQLite is used"
    return None if named else "it names no database; the form is postgresql://user:password@host/name"


class Settings(BaseSettings):
    """The settings of this deployment. `components/core/settings_reference.py` reads their meanings from this text.

    Attributes
    ----------
    profile
        Where it runs: `class` on your own machine or server, `studio` behind the proxy of SageMaker Studio, `team` with
        sign-in for a shared server, see docs/team.md.
    hosts
        Names under which browsers open it, such as `dashboard.school.example`; `localhost` always works, other names
        are refused. If not set: for a team the name it signs in at, on this machine alone no other, else any.
    downloads
        Whether visitors may fetch weights that are not part of the dashboard.
    any_hub_id
        Whether they may name any Hugging Face repository, not only the models in the registry.
    models_file
        More models for the menu, in the form of components/models/registry.toml, see there: in a folder of this
        machine, or on the Hub at a fixed revision.
    cache_folder
        Where fetched models are kept.
    device
        Where models run; `auto` takes a CUDA GPU, then Apple's, then the CPU.
    threads
        CPU threads one model uses. If not set, all but one that this process may use, which is left to the pages;
        llama.cpp takes it too.
    max_models
        How many models of a kind (causal language models, masked language models, encoders) stay in memory.
    memory_share
        Share of the free memory that loading one model may take.
    aws
        Whether AWS is asked what it offers, with the credentials of this process.
    openai_servers
        Servers with OpenAI's API that generate text, see docs/clusters.md. In a variable, this and the other lists
        are JSON.
    bedrock_models
        Ids of the Bedrock models, or inference profiles, that visitors may use: each run is paid with the credentials
        of this process.
    sagemaker_endpoints
        SageMaker endpoints that generate text, see docs/clusters.md.
    prices
        What remote models cost, see docs/clusters.md. For a model without one the cost is “not known”.
    most_remote_tokens
        The hard cap on the new tokens of one run on a remote engine.
    most_thinking_tokens
        How many tokens a remote model that thinks may think in one run, beside the new tokens of its answer. With 0
        both have the new tokens together.
    deploy_role
        ARN of the IAM role that SageMaker endpoints run with. Setting it lets visitors deploy JumpStart models from the
        catalog and delete endpoints, each after a confirmation: machines that cost by the hour. Nobody can without it.
    instance_prices
        What an hour of an instance costs, see docs/clusters.md. For one without a price it is “not known”.
    admins
        Who of a team has the admin page too: e-mail addresses, or all of a domain as `@school.example`.
    members
        Who may use all that is set up. Somebody in several lists has the highest role.
    viewers
        Who learns with the built-in models alone. Who is in none of the three lists does not come in.
    verified_email
        Whether the sign-in has to say that the address was checked (`email_verified`). Some providers never say it.
    session_hours
        After how many hours a person of a team has to sign in again.
    allowed_models
        Ids of the models that visitors may use, beside the built-in ones, which always stay; all, if not set.
    allowed_models_by_role
        The same for `viewer`, `member` or `admin` alone: such a list stands in place of the one for all.
    data_folder
        Where a team's database is kept, if it is no PostgreSQL.
    database
        Address of a team's PostgreSQL database: `postgresql://user:password@host/name`.
    database_file
        A file that holds this address instead, as Kubernetes and Docker hand out secrets.
    user_requests_per_minute
        How many runs one person of a team may start in a minute; no limit, if not set, as with the others.
    user_tokens_per_day
        How many tokens their runs may read and write in a day, which ends at midnight UTC.
    user_usd_per_day
        What they may cost in a day in US dollars, by `prices`; a paid model without a price then does not run.
    team_requests_per_minute, team_tokens_per_day, team_usd_per_day
        The same for all of a team together.
    keep_days
        After how many days a team's history, saved comparisons, usage and audit log are deleted; never, if not set.
    share_days
        How many days a shared link can be opened.
    audit_prompts
        Whether a team's audit log holds the prompts too.
    metrics
        Whether `/metrics` has numbers for Prometheus: for this machine, or with the token for any other.
    metrics_token_file
        A file with the bearer token that opens `/metrics` from other machines.
    log_format
        `text`: warnings and errors for a person; `json`: an object a line, each request and generation too.
    """

    # The input may hold a key: no error quotes it, except for single values (_explain).
    model_config = SettingsConfigDict(
        env_prefix=PREFIX, toml_file=FILE, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    profile: Literal["class", "studio", "team"] = "class"
    hosts: tuple[str, ...] = ()
    downloads: bool = False
    any_hub_id: bool = False
    models_file: Path | None = None
    cache_folder: Path = Field(default_factory=default_cache_folder)
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: PositiveInt | None = None
    max_models: PositiveInt = 3
    memory_share: float = Field(default=0.8, gt=0, le=1)
    aws: bool = False
    openai_servers: tuple[OpenAIServer, ...] = ()
    bedrock_models: tuple[str, ...] = ()
    sagemaker_endpoints: tuple[SageMakerEndpoint, ...] = ()
    prices: tuple[ModelPrice, ...] = ()
    most_remote_tokens: PositiveInt = 512
    most_thinking_tokens: NonNegativeInt = 2048
    deploy_role: str | None = Field(default=None, pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]+$")
    instance_prices: tuple[InstancePrice, ...] = ()
    admins: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    verified_email: bool = True
    session_hours: PositiveFloat = 12
    allowed_models: tuple[str, ...] | None = None
    allowed_models_by_role: dict[Literal["viewer", "member", "admin"], tuple[str, ...]] = {}
    data_folder: Path = Field(default_factory=default_data_folder)
    database: SecretStr | None = None
    database_file: Path | None = None
    user_requests_per_minute: PositiveInt | None = None
    user_tokens_per_day: PositiveInt | None = None
    user_usd_per_day: PositiveFloat | None = None
    team_requests_per_minute: PositiveInt | None = None
    team_tokens_per_day: PositiveInt | None = None
    team_usd_per_day: PositiveFloat | None = None
    keep_days: PositiveInt | None = None
    share_days: PositiveInt = 90
    audit_prompts: bool = False
    metrics: Literal["off", "on"] = "off"
    metrics_token_file: Path | None = None
    log_format: Literal["text", "json"] = "text"

    @validates("hosts")
    @classmethod
    def _are_host_names(cls, listed: tuple[str, ...]) -> tuple[str, ...]:
        for entry in listed:
            if not re.fullmatch(r"[A-Za-z0-9_.-]+|\[[0-9A-Fa-f:.]+\]", entry):
                raise ValueError(f"{entry!r} is no name of a host; write it without http:// and without the port")
        return listed

    @validates("admins", "members", "viewers")
    @classmethod
    def _are_addresses_or_domains(cls, listed: tuple[str, ...]) -> tuple[str, ...]:
        for entry in listed:
            if not re.fullmatch(r"[^@\s]*@[^@\s]+", entry):
                raise ValueError(f"{entry!r} is neither an address nor a domain written as @school.example")
        return tuple(map(canonical_email, listed))

    @validates("database")
    @classmethod
    def _names_a_database(cls, address: SecretStr | None) -> SecretStr | None:
        problem = None if address is None else database_problem(address.get_secret_value())
        if problem:
            raise ValueError(problem)
        return address

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then `dashboard.toml`; no .env file, no folder of secrets."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@cache
def settings() -> Settings:
    """Return the settings of this process, read once.

    Raises
    ------
    SettingsError
        If a value is not allowed, a name in `dashboard.toml` is unknown, or that file is not TOML.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error))) from error
    except UnreadableSource as error:
        # pydantic names the setting; the parser's error behind it holds the whole text, with its keys
        raise SettingsError(f"{error}: it has to be JSON.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE.name} is not TOML: {error}.") from None


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            lines.append(
                f"{FILE.name} sets {name!r}, which is no setting. There are: {', '.join(_known(problem['loc']))}."
            )
        else:
            variable = f"{PREFIX}{str(problem['loc'][0]).upper()}"
            lines.append(f"setting {name} ({variable}){_value(problem)} is not allowed: {problem['msg']}.")
    return lines


def _known(place: tuple[int | str, ...]) -> list[str]:
    """Return the names that are allowed in place of a wrong one."""
    inner: dict[int | str, type[BaseModel]] = {
        "openai_servers": OpenAIServer,
        "sagemaker_endpoints": SageMakerEndpoint,
        "prices": ModelPrice,
        "instance_prices": InstancePrice,
    }
    return list((Settings if len(place) == 1 else inner[place[0]]).model_fields)


def _value(problem: ErrorDetails) -> str:
    """Return the wrong value, or nothing if it may hold a key: whole tables, and the settings of servers."""
    value = problem["input"]
    quotable = isinstance(value, (str, int, float)) and problem["loc"][0] not in _SECRET
    return f" = {value!r}" if quotable else ""
