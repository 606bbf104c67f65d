"""The chosen model, opened by the chosen engine: once a process, shared by every session.

A queue, the slots of llama.cpp and the shared forward passes belong to the engine, so there must not be two of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import streamlit as st

from components.generation import link
from components.generation.engines.local import engines_for, open_llama_cpp, open_transformers
from components.generation.engines.offers import Offer, offer
from components.models import cached, holdings
from components.models.holdings import Holding
from components.models.loaders import LoadedModel, task_of
from components.models.registry import record
from components.models.runtime import usable_cpus
from components.models.store import local_folder
from components.settings import settings
from components.shell.i18n import _
from components.team.limits.metering import meter_of

if TYPE_CHECKING:
    from components.generation.engines.capabilities import Capabilities
    from components.generation.engines.contract import Engine
    from components.generation.engines.transformers_engine import TransformersEngine

E = TypeVar("E", bound="Engine")

MOST_ENGINES: Final = settings().max_models
_MOST_REMOTE_ENGINES: Final = 32


@dataclass(frozen=True, eq=False)
class Opened:
    """A model that an engine has opened, and what is known about it.

    It names them and does not hold them: the buttons and downloads of a page that is open keep this, and a page that is
    only looked at keeps no model in memory.

    Attributes
    ----------
    model
        The model's id.
    title
        What the model is called.
    """

    offer: Offer
    model: str
    title: str

    @property
    def engine(self) -> Engine:
        """The engine that is ready; one that left the memory meanwhile is opened again. Raises what `opened` does."""
        return _engine(self.offer, self.model)

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
        return meter_of(self.cost)(self.engine)

    def cost(self, read: int, written: int) -> float | None:
        """Return what so many tokens cost, in US dollars: 0 where nobody pays, None where nobody knows."""
        if not self.offer.paid:
            return 0.0
        price = self.offer.price(self.model)
        return None if price is None else price.of(input_tokens=read, output_tokens=written)


def loaded(model_id: str) -> LoadedModel:
    """Return a model that writes. See `components.models.loaders.load` for what it raises."""
    return (cached.seq2seq_lm if _is_apart(model_id) else cached.causal_lm)(model_id)


def _is_apart(model_id: str) -> bool:
    model = record(model_id)
    return task_of(model, local_folder(model)) == "text2text-generation"


def _held(engine: E, clear: Callable[[str], None], *, size_bytes: int = 0) -> E:
    """Note an engine that is in memory now; one that computes with a model of `cached` takes nothing by itself."""
    release = partial(clear, engine.model)
    holdings.hold(engine, Holding(kind=engine.name, model=engine.model, size_bytes=size_bytes, release=release))
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
    _engine(chosen, model_id)
    return Opened(chosen, model_id, record(model_id).title if chosen.open is None else model_id)


def _engine(chosen: Offer, model_id: str) -> Engine:
    if chosen.open is not None:
        return _remote(chosen.name, model_id)
    return transformers_engine(model_id) if chosen.name == "transformers" else _llama_cpp(model_id)


def choose() -> Offer:
    """Return what the engine menu says; it is drawn with the model's."""
    return offer(str(st.session_state[link.ENGINE.name]))
