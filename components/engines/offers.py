"""Which engines this deployment offers. The page lists engines from here and nowhere else.

An engine in this process runs the models of the registry; a remote one serves models of its own. What cannot be used
here is offered all the same, with the reason, so that a visitor learns that it exists.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from components.core import roles
from components.core.errors import Reason
from components.core.i18n import N_
from components.core.policy import is_allowed, may
from components.core.settings import settings
from components.engines.contract import EngineName
from components.engines.remote import reasons

if TYPE_CHECKING:
    from components.engines.contract import Engine


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
    open
        Opens a remote engine for one of these models; None for the engines in this process.
    charges
        Whether each run costs somebody money where nobody set the model's price.
    price
        What a model's tokens cost; None where nobody knows.
    missing
        Why it cannot be used in this deployment; None if it can.
    """

    name: EngineName
    title: str
    models: tuple[str, ...] = ()
    open: Callable[[str], Engine] | None = None
    charges: bool = False
    price: Callable[[str], Price | None] = lambda model: None
    missing: Reason | None = None

    def paid(self, model: str) -> bool:
        """Whether somebody pays for each run of this model: its price decides. Such a run never starts by itself."""
        price = self.price(model)
        return self.charges if price is None else bool(price.input_usd or price.output_usd)

    def cost(self, model: str, read: int, written: int) -> float | None:
        """Return what so many tokens cost, in US dollars: 0 where nobody pays, None where nobody knows."""
        if not self.paid(model):
            return 0.0
        price = self.price(model)
        return None if price is None else price.of(input_tokens=read, output_tokens=written)


NOT_SET_UP: Final = Reason(N_("The operator of this dashboard has not set it up."))
NOT_FOR_VIEWERS: Final = Reason(roles.FOR_MEMBERS)
NOT_ALLOWED: Final = Reason(N_("None of its models is on the list of those that you may use here."))


def offers() -> tuple[Offer, ...]:
    """Return the engines in the order of the menu. Nobody is asked for it: it is read from the settings.

    What leaves this machine is for a team's members; a viewer runs the models that are here.
    """
    return (
        Offer(name="transformers", title="transformers"),
        Offer(name="llama.cpp", title="llama.cpp"),
        _openai(),
        _bedrock(),
        _sagemaker(),
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


def _openai() -> Offer:
    servers = settings().openai_servers
    served = {model: server for server in reversed(servers) for model in server.models}  # the first one counts
    models = tuple(dict.fromkeys(model for server in servers for model in server.models))

    def opened(model: str) -> Engine:
        from components.engines.openai_compatible import OpenAICompatibleEngine

        return OpenAICompatibleEngine(served[model], model, **_caps())

    return _remote(
        "openai", ", ".join(server.name for server in servers) or "OpenAI API", models, opened, needs="openai"
    )


def _bedrock() -> Offer:
    def opened(model: str) -> Engine:
        from components.engines.bedrock import BedrockEngine

        return BedrockEngine(model, **_caps())

    return _remote("bedrock", "Amazon Bedrock", settings().bedrock_models, opened, needs="boto3", charges=True)


def _sagemaker() -> Offer:
    endpoints = {endpoint.name: endpoint for endpoint in settings().sagemaker_endpoints}

    def opened(model: str) -> Engine:
        from components.engines.sagemaker import SageMakerEngine

        return SageMakerEngine(endpoints[model], **_caps())

    return _remote("sagemaker", "Amazon SageMaker", tuple(endpoints), opened, needs="boto3", charges=True)


def _caps() -> dict[str, int]:
    """Return the hard caps of a run on a remote engine."""
    return {
        "most_new_tokens": settings().most_remote_tokens,
        "most_thinking_tokens": settings().most_thinking_tokens,
    }


def _remote(
    name: EngineName,
    title: str,
    models: tuple[str, ...],
    opened: Callable[[str], Engine],
    *,
    needs: str,
    charges: bool = False,
) -> Offer:
    """Return a remote engine."""
    allowed = tuple(model for model in models if is_allowed(model))
    if not models:
        missing: Reason | None = NOT_SET_UP
    elif not find_spec(needs):
        missing = reasons.not_installed(needs)
    else:
        missing = NOT_FOR_VIEWERS if not may("member") else None if allowed else NOT_ALLOWED
    return Offer(
        name=name,
        title=title,
        models=allowed,
        open=opened,
        charges=charges,
        price=_price,
        missing=missing,
    )


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
