"""The chosen model, opened by the chosen engine: once a process, shared by every session.

A queue, the slots of llama.cpp and the shared forward passes belong to the engine, so there must not be two of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

import streamlit as st

from components.core.i18n import _
from components.core.settings import settings
from components.engines.metering import Cost, Meter, meter_of
from components.engines.offers import Offer, offer
from components.engines.spec import EngineSpec
from components.engines.table import ENGINES
from components.engines.transformers_engine import answers_apart
from components.generation import link
from components.models import memory
from components.models.errors import UnknownModel
from components.models.memory import Holding
from components.models.registry import record

if TYPE_CHECKING:
    from components.engines.capabilities import Capabilities
    from components.engines.contract import Engine
    from components.models.records import ModelRecord

MOST_ENGINES: Final = settings().max_models
_MOST_REMOTE_ENGINES: Final = 32


@dataclass(frozen=True, eq=False)
class OpenEngine:
    """An engine that is ready, and what is known about it.

    It is for one run of the page. A download waits as long as the page is open and keeps `again`, `meter` and `cost`
    instead: they do not hold the engine, or a page that is only looked at would keep the model in memory.

    Attributes
    ----------
    title
        What the model is called.
    """

    offer: Offer
    engine: Engine
    title: str

    @property
    def model(self) -> str:
        """The model's id."""
        return self.engine.model

    @property
    def is_remote(self) -> bool:
        """Whether another machine does the work."""
        return self.offer.is_remote

    @property
    def record(self) -> ModelRecord | None:
        """What the registry knows about the model; nothing about a service's own."""
        if self.is_remote:
            return None
        try:
            return record(self.model)
        except UnknownModel:
            return None

    @property
    def answers_apart(self) -> bool:
        """Whether an encoder reads the prompt and a decoder writes an answer to it, instead of going on with it."""
        return not self.is_remote and answers_apart(self.model)

    @property
    def capabilities(self) -> Capabilities:
        """What the engine can do with the model, as known by now."""
        return self.engine.capabilities

    @property
    def metered(self) -> Engine:
        """The engine as this visitor may use it: what runs is counted against the limits of a team."""
        return self.meter(self.engine)

    @property
    def again(self) -> Callable[[], Engine]:
        """Gives the engine later, opened again if it has left the memory by then."""
        return partial(open_engine, self.offer.name, self.model)

    @property
    def meter(self) -> Meter:
        """Makes of an engine one that this visitor may use."""
        return meter_of(self.cost)

    @property
    def cost(self) -> Cost:
        """What so many tokens cost, see `components.engines.offers.Offer.cost`."""
        return partial(self.offer.cost, self.model)


class _Cache(Protocol):
    def __call__(self, model_id: str) -> Engine: ...

    def clear(self, *args: object) -> None: ...


def _cache_of(spec: EngineSpec) -> _Cache:
    def open_engine(model_id: str) -> Engine:
        engine = spec.open(model_id)
        if spec.runs_here:
            release = partial(cache.clear, model_id)
            size_bytes = spec.memory_bytes(engine)
            memory.register(engine, Holding(kind=spec.name, model=model_id, size_bytes=size_bytes, release=release))
        return engine

    open_engine.__qualname__ = f"open {spec.name}"  # by its name Streamlit tells one cache from another
    most = MOST_ENGINES if spec.runs_here else _MOST_REMOTE_ENGINES
    cache = st.cache_resource(max_entries=most, show_spinner=False)(open_engine)
    return cache


_CACHES: Final = {spec.name: _cache_of(spec) for spec in ENGINES}


def open_engine(name: str, model_id: str) -> Engine:
    """Return the engine with this name for a model; the first time that takes a moment. Raises as `open_model`."""
    return _CACHES[name](model_id)


def close_engines() -> None:
    """Let go of every open engine: the next one to be asked for is opened anew."""
    for cache in _CACHES.values():
        cache.clear()


def offer_for(wanted: str, model_id: str) -> Offer:
    """Return the engine to use: the wanted one if it can run the model, else transformers, and say why.

    Raises
    ------
    ModelError
        If the model is unknown or not on this machine.
    """
    chosen = offer(wanted)
    reason = chosen.missing
    if reason is None and not chosen.is_remote:
        reason = chosen.spec.why_not(record(model_id))
    if reason is None:
        return chosen
    st.info(
        _("{engine} cannot be used here: {reason} transformers runs the model meanwhile.").format(
            engine=chosen.title, reason=reason
        ),
        icon=":material/swap_horiz:",
    )
    return offer(ENGINES[0].name)


def open_model(chosen: Offer, model_id: str) -> OpenEngine:
    """Open a model; the first time that takes a moment.

    Raises
    ------
    ModelError, GenerationError
        If it cannot be had or loaded, or the engine cannot run here.
    """
    engine = open_engine(chosen.name, model_id)
    return OpenEngine(chosen, engine, model_id if chosen.is_remote else record(model_id).title)


def chosen_offer() -> Offer:
    """Return what the engine menu says; it is drawn with the model's."""
    return offer(str(st.session_state[link.ENGINE.name]))
