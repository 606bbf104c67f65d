"""Which engines this deployment offers to a visitor. The page lists engines from here and nowhere else.

What cannot be used here is offered all the same, with the reason, so that a visitor learns that it exists.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from components.core import roles
from components.core.errors import Reason
from components.core.i18n import N_
from components.core.policy import is_allowed, may
from components.core.settings import settings
from components.engines.remote import reasons
from components.engines.spec import EngineSpec
from components.engines.table import ENGINES, engine_spec


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
        What a remote engine serves and this visitor may use; empty for the engines in this process.
    missing
        Why it cannot be used in this deployment; None if it can.
    """

    spec: EngineSpec
    title: str
    models: tuple[str, ...] = ()
    missing: Reason | None = None

    @property
    def name(self) -> str:
        """The engine's name."""
        return self.spec.name

    @property
    def is_remote(self) -> bool:
        """Whether another machine does the work."""
        return not self.spec.runs_here

    def price(self, model: str) -> Price | None:
        """Return what a model's tokens cost; None where nobody knows, and where it runs for nothing."""
        return _price(model) if self.is_remote else None

    def paid(self, model: str) -> bool:
        """Whether somebody pays for each run of this model: its price decides. Such a run never starts by itself."""
        price = self.price(model)
        return self.spec.charges if price is None else bool(price.input_usd or price.output_usd)

    def cost(self, model: str, read: int, written: int) -> float | None:
        """Return what so many tokens cost, in US dollars: 0 where nobody pays, None where nobody knows."""
        if not self.paid(model):
            return 0.0
        price = self.price(model)
        return None if price is None else price.of(input_tokens=read, output_tokens=written)


NOT_SET_UP: Final = Reason(N_("The operator of this dashboard has not set it up."))
NOT_FOR_VIEWERS: Final = Reason(roles.FOR_MEMBERS)
NOT_ALLOWED: Final = Reason(N_("None of its models is on the list of models that you may use here."))


def offers() -> tuple[Offer, ...]:
    """Return the engines in the order of the menu. Nobody is asked for it: it is read from the settings.

    What leaves this machine is for a team's members; a viewer runs the models that are here.
    """
    return tuple(map(_offer, ENGINES))


def offer(name: str) -> Offer:
    """Return the engine with this name. Raises as `engine_spec`."""
    return _offer(engine_spec(name))


def _offer(spec: EngineSpec) -> Offer:
    models = () if spec.models is None else spec.models()
    allowed = tuple(model for model in models if is_allowed(model))
    return Offer(spec=spec, title=spec.title(), models=allowed, missing=_missing(spec, models, allowed))


def _missing(spec: EngineSpec, models: tuple[str, ...], allowed: tuple[str, ...]) -> Reason | None:
    if spec.runs_here:
        return None
    if not models:
        return NOT_SET_UP
    if spec.needs is not None and not find_spec(spec.needs):
        return reasons.not_installed(spec.needs)
    if not may("member"):
        return NOT_FOR_VIEWERS
    return None if allowed else NOT_ALLOWED


def _price(model: str) -> Price | None:
    for known in settings().prices:
        if known.model == model:
            return Price(
                input_usd=known.input_usd,
                output_usd=known.output_usd,
                source_url=str(known.source_url),
                seen=known.seen,
            )
    return None
