"""Which engines this deployment offers. The page lists engines from here and nowhere else.

An engine in this process runs the models of the registry; a remote one serves models of its own. What cannot be used
here is offered all the same, with the reason, so that a visitor learns that it exists.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from components.generation.engines.capabilities import Reason
from components.generation.engines.contract import EngineName
from components.shell.i18n import N_

if TYPE_CHECKING:
    from components.generation.engines.contract import Engine


@dataclass(frozen=True, kw_only=True)
class Price:
    """What a service asked for its tokens, and where and when that was read.

    Attributes
    ----------
    input_usd, output_usd
        Of a million tokens read and written.
    """

    input_usd: float
    output_usd: float
    source_url: str
    seen: datetime.date

    def of(self, *, input_tokens: int, output_tokens: int) -> float:
        """Return what so many tokens cost, in US dollars."""
        return (input_tokens * self.input_usd + output_tokens * self.output_usd) / 1_000_000


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One engine a visitor can choose.

    Attributes
    ----------
    title
        Its own name, the same in every language.
    models
        What a remote engine serves; empty for the engines in this process.
    open
        Opens a remote engine for one of these models; None for the engines in this process.
    paid
        Whether somebody pays for each run. Such a run never starts by itself.
    price
        What a model's tokens cost; None where nobody knows.
    missing
        Why it cannot be used in this deployment; None if it can.
    """

    name: EngineName
    title: str
    models: tuple[str, ...] = ()
    open: Callable[[str], Engine] | None = None
    paid: bool = False
    price: Callable[[str], Price | None] = lambda model: None
    missing: Reason | None = None


_NOT_SET_UP = Reason(N_("Whoever runs this dashboard has not set it up."))


def offers() -> tuple[Offer, ...]:
    """Return the engines in the order of the menu."""
    return (
        Offer(name="transformers", title="transformers"),
        Offer(name="llama.cpp", title="llama.cpp"),
        Offer(name="openai", title="OpenAI API", missing=_NOT_SET_UP),
        Offer(name="bedrock", title="Amazon Bedrock", paid=True, missing=_NOT_SET_UP),
        Offer(name="sagemaker", title="Amazon SageMaker", paid=True, missing=_NOT_SET_UP),
    )


def offer(name: str) -> Offer:
    """Return the engine with this name.

    Raises
    ------
    KeyError
        If there is none.
    """
    for each in offers():
        if each.name == name:
            return each
    raise KeyError(f"no engine {name!r}; there are {[each.name for each in offers()]}")
