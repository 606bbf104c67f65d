"""The table of engines, in the order of the menu. The first one runs every model that is on this machine."""

from __future__ import annotations

from typing import Final

from components.engines import bedrock, llama_cpp, openai_compatible, sagemaker, transformers_engine
from components.engines.spec import EngineSpec

ENGINES: Final[tuple[EngineSpec, ...]] = (
    transformers_engine.SPEC,
    llama_cpp.SPEC,
    openai_compatible.SPEC,
    bedrock.SPEC,
    sagemaker.SPEC,
)


def engine_spec(name: str) -> EngineSpec:
    """Return the engine with this name.

    Raises
    ------
    KeyError
        If there is none.
    """
    for spec in ENGINES:
        if spec.name == name:
            return spec
    raise KeyError(f"no engine {name!r}; there are {[spec.name for spec in ENGINES]}")
