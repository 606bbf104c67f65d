"""The chosen model, opened by the chosen engine: once a process, shared by every session.

A queue, the slots of llama.cpp and the shared forward passes belong to the engine, so there must not be two of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import streamlit as st

from components.core.i18n import _
from components.core.settings import settings
from components.engines.local import engines_for, open_llama_cpp, open_transformers
from components.engines.metering import Cost, Meter, meter_of
from components.engines.offers import Offer, offer
from components.generation import link
from components.models import cached, memory
from components.models.loaders import LoadedModel, task_of
from components.models.memory import Holding
from components.models.registry import record
from components.models.runtime import usable_cpus
from components.models.store import local_folder

if TYPE_CHECKING:
    from components.engines.capabilities import Capabilities
    from components.engines.contract import Engine
    from components.engines.transformers_engine import TransformersEngine

E = TypeVar("E", bound="Engine")

MOST_ENGINES: Final = settings().max_models
_MOST_REMOTE_ENGINES: Final = 32


@dataclass(frozen=True, eq=False)
class Opened:
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
        return self.offer.open is not None

    @property
    def answers_apart(self) -> bool:
        """Whether an encoder reads the prompt and a decoder writes an answer to it, instead of going on with it."""
        return not self.is_remote and _is_apart(self.model)

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
        return partial(_engine, self.offer, self.model)

    @property
    def meter(self) -> Meter:
        """Makes of an engine one that this visitor may use."""
        return meter_of(self.cost)

    @property
    def cost(self) -> Cost:
        """What so many tokens cost, see `components.engines.offers.Offer.cost`."""
        return partial(self.offer.cost, self.model)


def loaded(model_id: str) -> LoadedModel:
    """Return a model that writes. See `components.models.loaders.load` for what it raises."""
    return (cached.seq2seq_lm if _is_apart(model_id) else cached.causal_lm)(model_id)


def _is_apart(model_id: str) -> bool:
    model = record(model_id)
    return task_of(model, local_folder(model)) == "text2text-generation"


def _held(engine: E, clear: Callable[[str], None], *, size_bytes: int = 0) -> E:
    """Note an engine that is in memory now; one that computes with a model of `cached` takes nothing by itself."""
    release = partial(clear, engine.model)
    memory.register(engine, Holding(kind=engine.name, model=engine.model, size_bytes=size_bytes, release=release))
    return engine


@st.cache_resource(max_entries=MOST_ENGINES, show_spinner=False)
def transformers_engine(model_id: str) -> TransformersEngine:
    """Return the engine that gives everything: logits, beams, the sampler chain."""
    return _held(open_transformers(loaded(model_id)), transformers_engine.clear)


@st.cache_resource(max_entries=MOST_ENGINES, show_spinner=False)
def _llama_cpp(model_id: str) -> Engine:
    threads = settings().threads or usable_cpus()
    engine = open_llama_cpp(record(model_id), cached.tokenizer(model_id), threads=threads)
    return _held(engine, _llama_cpp.clear, size_bytes=engine.gguf.stat().st_size)


@st.cache_resource(max_entries=_MOST_REMOTE_ENGINES, show_spinner=False)
def _remote(name: str, model_id: str) -> Engine:
    opener = offer(name).open
    if opener is None:
        raise ValueError(f"{name} is no remote engine")
    return opener(model_id)


def usable(wanted: str, model_id: str) -> Offer:
    """Return the engine to use: the wanted one if it can run the model, else transformers, and say why.

    Raises
    ------
    ModelError
        If the model is unknown or not on this machine.
    """
    chosen = offer(wanted)
    reason = chosen.missing
    if reason is None and chosen.open is None:
        reason = engines_for(record(model_id))[chosen.name]
    if reason is None:
        return chosen
    st.info(
        _("{engine} cannot be used here: {reason} transformers runs the model meanwhile.").format(
            engine=chosen.title, reason=reason
        ),
        icon=":material/swap_horiz:",
    )
    return offer("transformers")


def opened(chosen: Offer, model_id: str) -> Opened:
    """Open a model; the first time that takes a moment.

    Raises
    ------
    ModelError, GenerationError
        If it cannot be had or loaded, or the engine cannot run here.
    """
    engine = _engine(chosen, model_id)
    return Opened(chosen, engine, model_id if chosen.open is not None else record(model_id).title)


def _engine(chosen: Offer, model_id: str) -> Engine:
    if chosen.open is not None:
        return _remote(chosen.name, model_id)
    return transformers_engine(model_id) if chosen.name == "transformers" else _llama_cpp(model_id)


def choose() -> Offer:
    """Return what the engine menu says; it is drawn with the model's."""
    return offer(str(st.session_state[link.ENGINE.name]))
