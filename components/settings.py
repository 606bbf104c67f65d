"""What whoever runs a dashboard decides: variables `DASHBOARD_…`, or `dashboard.toml` beside app.py.

An environment variable wins over the file, the file over the defaults. The defaults are the embedded profile:
nothing is fetched, no request leaves the machine.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, PositiveInt, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PREFIX: Final = "DASHBOARD_"
FILE: Final = Path(__file__).resolve().parents[1] / "dashboard.toml"


class SettingsError(ValueError):
    """A setting has a value that is not allowed; the message names it, the value and what is allowed."""


def default_cache_folder() -> Path:
    """Return where this platform keeps files that can be fetched again."""
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        base = Path(local) if local else Path.home() / "AppData" / "Local"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "transformer-dashboard"


class Settings(BaseSettings):
    """The settings of this deployment.

    Attributes
    ----------
    downloads
        Whether visitors may fetch weights that are not part of the dashboard.
    any_hub_id
        Whether they may name any Hugging Face repository, not only the models in the registry.
    cache_folder
        Where fetched models are kept.
    device
        Where models run; `auto` takes a CUDA GPU, then Apple's, then the CPU.
    threads
        CPU threads one model uses; all this process may use, if not set.
    max_models
        How many models of a kind (causal language models, masked language models, encoders) stay in memory.
    memory_share
        Share of the free memory that loading one model may take.
    aws
        Whether AWS is asked what it offers, with the credentials of this process.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, toml_file=FILE, frozen=True, extra="forbid")

    downloads: bool = False
    any_hub_id: bool = False
    cache_folder: Path = Field(default_factory=default_cache_folder)
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto"
    threads: PositiveInt | None = None
    max_models: PositiveInt = 3
    memory_share: float = Field(default=0.8, gt=0, le=1)
    aws: bool = False

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
        If a value is not allowed or a name in `dashboard.toml` is unknown.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_explain(error))) from error


def _explain(error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors():
        name = ".".join(str(part) for part in problem["loc"])
        if problem["type"] == "extra_forbidden":
            known = ", ".join(Settings.model_fields)
            lines.append(f"{FILE.name} sets {name!r}, which is no setting. There are: {known}.")
        else:
            value = problem["input"]
            lines.append(f"setting {name} ({PREFIX}{name.upper()}) = {value!r} is not allowed: {problem['msg']}.")
    return lines
