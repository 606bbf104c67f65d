"""From the page's settings to a request: what the strategy uses and the engine can do, nothing else.

A setting that stands where it changes nothing is left out, and so are, for a service, those a visitor has not moved:
its own defaults are then in force, not this page's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from components.engines.capabilities import Capabilities, Feature
from components.engines.contract import Message, Mode, Request, Strategy
from components.generation import link

CANDIDATES: Final = 10
"""How many of the likeliest tokens are kept with each token that was written."""

_CHAIN: Final = ("temperature", "top_k", "top_p", "min_p", "typical_p", "repetition_penalty", "seed")
_USED_BY: Final[Mapping[Strategy, tuple[str, ...]]] = {
    "greedy": ("repetition_penalty",),
    "sample": _CHAIN,
    "beam": ("num_beams", "repetition_penalty"),
    "beam_sample": ("num_beams", *_CHAIN),
}
_NEUTRAL: Final[Mapping[str, float]] = {
    "top_k": 0,
    "top_p": 1.0,
    "min_p": 0.0,
    "typical_p": 1.0,
    "repetition_penalty": 1.0,
}
_HAS_A_FEATURE: Final[Mapping[str, Feature]] = {
    "temperature": "temperature",
    "top_k": "top_k",
    "top_p": "top_p",
    "min_p": "min_p",
    "typical_p": "typical_p",
    "repetition_penalty": "repetition_penalty",
    "seed": "seed",
}


def strategy_of(wanted: Strategy, capabilities: Capabilities) -> Strategy:
    """Return the wanted strategy if the engine has it, else one that it has."""
    return next((each for each in (wanted, "sample", "greedy") if capabilities.supports(each)), wanted)


def mode_of(wanted: Mode, capabilities: Capabilities) -> Mode:
    """Return the wanted mode if the engine has it with this model, else the other one."""
    if capabilities.supports("chat" if wanted == "chat" else "completion"):
        return wanted
    return "complete" if wanted == "chat" else "chat"


def uses(setting: str, strategy: Strategy) -> bool:
    """Whether a setting makes a difference to a strategy."""
    return setting in ("max_new_tokens", *_USED_BY[strategy])


def request_of(
    settings: Mapping[str, Any], capabilities: Capabilities, *, is_remote: bool = False, turns: tuple[Message, ...] = ()
) -> Request:
    """Return what the page asks for.

    Parameters
    ----------
    settings
        The values of the page's link parameters, by name.
    is_remote
        Whether a service runs it: then settings where the page's defaults stand are left to the service.
    turns
        The conversation before the prompt.
    """
    strategy = strategy_of(settings["strategy"], capabilities)
    moved = {
        parameter.name: settings[parameter.name]
        for parameter in link.SETTINGS
        if parameter.name in _USED_BY[strategy]
        and settings[parameter.name] != _NEUTRAL.get(parameter.name)
        and not (is_remote and settings[parameter.name] == parameter.default)
        and capabilities.supports(_HAS_A_FEATURE.get(parameter.name, strategy))
    }
    request = Request(
        strategy=strategy,
        max_new_tokens=min(settings["max_new_tokens"], capabilities.most_new_tokens),
        candidates=min(CANDIDATES, capabilities.most_candidates),
        **moved,
    )
    if mode_of(settings["mode"], capabilities) == "complete":
        return replace(request, prompt=settings["prompt"])
    return replace(request, mode="chat", messages=(*turns, Message("user", settings["prompt"])))
