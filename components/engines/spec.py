"""What the table of engines says of each: how it is called, where it runs, how it opens, what its export looks like.

An engine is one module with a `SPEC`, and one row in `components.engines.table`. Nothing else names an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from components.core.errors import Reason
from components.core.settings import settings
from components.engines.contract import Engine, Request

if TYPE_CHECKING:
    from components.models.records import ModelRecord


@dataclass(frozen=True, kw_only=True)
class Exported:
    """An answer that is taken home as code.

    Attributes
    ----------
    model
        Its id.
    ids
        What the model read; empty for an engine on another machine.
    new_tokens
        How many tokens were written after the request's `prefix`, or could have been.
    engine
        Gives the engine, opened again if it has left the memory by then.
    """

    model: str
    request: Request
    ids: tuple[int, ...]
    new_tokens: int
    engine: Callable[[], Engine]


Filling = tuple[Mapping[str, object], Collection[str]]
"""The parameters of a notebook, and the tags of its cells that are kept: see `components/ui/notebooks.py`."""


@dataclass(frozen=True)
class Export:
    """What an engine's answers look like as code. Without more, a notebook that says that there is none yet."""

    notebook: Path = field(default_factory=lambda: Path(__file__).with_name("notebook_none.py"))
    fill: Callable[[Exported], Filling] = lambda exported: ({}, ())


@dataclass(frozen=True, kw_only=True)
class EngineSpec:
    """One engine: a row of the table.

    Attributes
    ----------
    name
        In links, settings, logs and counts.
    title
        Its own name, the same in every language.
    open
        Opens it for a model.
    models
        The models that it serves, as this deployment is set up; None for an engine in this process, which runs the
        models of the registry.
    why_not
        Of an engine in this process: why it cannot run a model that is on this machine; None if it can.
    memory_bytes
        What an open engine holds in memory beside the models of `components.models.cached`.
    needs
        The package that it needs.
    charges
        Whether each run costs somebody money where nobody set the model's price.
    export
        What its answers look like as code.
    """

    name: str
    title: Callable[[], str]
    open: Callable[[str], Engine]
    models: Callable[[], tuple[str, ...]] | None = None
    why_not: Callable[[ModelRecord], Reason | None] = lambda record: None
    memory_bytes: Callable[[Engine], int] = lambda engine: 0
    needs: str | None = None
    charges: bool = False
    export: Export = field(default_factory=Export)

    @property
    def runs_here(self) -> bool:
        """Whether it computes in this process, for nothing."""
        return self.models is None


def remote_caps() -> dict[str, int]:
    """Return the hard caps of a run on another machine."""
    return {
        "most_new_tokens": settings().most_remote_tokens,
        "most_thinking_tokens": settings().most_thinking_tokens,
    }
