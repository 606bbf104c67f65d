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
        return "it is not an address; the form is postgresql://user:password@host:5432/name"
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
        Names under which browsers open the dashboard, such as `dashboard.school.example`. `localhost` always works,
        other names are refused. If not set: for a team, the name in `redirect_uri`; for a server that only this
        machine reaches, no other name; else any name.
    downloads
        Whether visitors may fetch weights that are not part of the dashboard.
    any_hub_id
        Whether visitors may name any Hugging Face repository, not only the models in the registry.
    models_file
        A file with more models for the menu, in the form of components/models/registry.toml: models in a folder of
        this machine, or on the Hub at a fixed revision.
    cache_folder
        Where fetched models are kept.
    device
        Where models run; `auto` takes a CUDA GPU if there is one, else Apple's GPU, else the CPU.
    threads
        How many CPU threads one model uses. If not set, all cores that this process may use except one, which is left
        to the pages; on two cores a lens (*Through the whole model*) uses that one too. Also used by llama.cpp.
    max_models
        How many models of a kind (causal language models, masked language models, encoders) stay in memory.
    memory_share
        Share of the free memory that loading one model may take.
    aws
        Whether the catalogue asks AWS what it offers, with the credentials of this process.
    openai_servers
        Servers with OpenAI's API that generate text, see docs/clusters.md. In a variable, this and the other lists
        are JSON.
    bedrock_models
        Ids of the Bedrock models, or inference profiles, that visitors may use. Each run is charged to the account
        of this process's credentials.
    sagemaker_endpoints
        SageMaker endpoints that generate text, see docs/clusters.md.
    prices
        What remote models cost, see docs/clusters.md. Without a price, the cost of a model is “not known”.
    most_remote_tokens
        How many new tokens one run on a remote engine may write at most.
    most_thinking_tokens
        How many tokens a remote reasoning model may use for its thinking in one run, in addition to the new tokens of
        its answer. With 0, thinking and answer share the new tokens.
    deploy_role
        ARN of the IAM role that SageMaker endpoints run with. If it is set, visitors may deploy JumpStart models from
        the catalogue and delete endpoints, each after a confirmation. Endpoints cost money by the hour. If it is not
        set, nobody can deploy or delete.
    instance_prices
        What an hour of a SageMaker instance costs, see docs/clusters.md. Without a price, the cost is “not known”.
    admins
        Members of a team who also have the admin page: e-mail addresses, or a whole domain as `@school.example`.
    members
        People who may use everything that is set up. A person in several lists has the highest role.
    viewers
        People who may use only the lessons and the built-in models. A person in none of the three lists has no access.
    verified_email
        Whether the provider has to confirm that it checked the address (`email_verified`). Some providers never do.
    session_hours
        After how many hours a sign-in to a team's dashboard expires.
    allowed_models
        Ids of the models that visitors may use besides the built-in ones, which are always allowed. If not set, all.
    allowed_models_by_role
        The same for `viewer`, `member` or `admin` alone. Such a list replaces the one for everybody.
    data_folder
        The folder of a team's database file, if the team does not use PostgreSQL.
    database
        Address of a team's PostgreSQL database: `postgresql://user:password@host/name`.
    database_file
        A file that holds this address instead, as with secrets of Kubernetes and Docker.
    user_requests_per_minute
        How many runs one person of a team may start in a minute. If not set, there is no limit; so for all limits.
    user_tokens_per_day
        How many tokens the runs of one person may read and write in a day. A day ends at midnight UTC.
    user_usd_per_day
        What the runs of one person may cost in a day in US dollars, by `prices`. With this limit, a paid model
        without a price does not run.
    team_requests_per_minute, team_tokens_per_day, team_usd_per_day
        The same for the whole team.
    keep_days
        After how many days a team's history, saved comparisons, usage and audit log are deleted. If not set, never.
    share_days
        How many days a shared link can be opened.
    audit_prompts
        Whether a team's audit log also holds the prompts.
    metrics
        Whether `/metrics` serves numbers to Prometheus: to this machine or, with a token, to other machines.
    metrics_token_file
        A file with the bearer token that opens `/metrics` from other machines.
    log_format
        `text`: warnings and errors, to be read by people; `json`: one object per line, also for each request and
        generation.
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
                raise ValueError(f"{entry!r} is not the name of a host; write it without http:// and without the port")
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
                f"{FILE.name} sets {name!r}, which is not a setting. "
                f"The settings are: {', '.join(_known(problem['loc']))}."
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
