"""What the page shows right now: the cached wrappers around the computations.

They are keyed on ids and text; what they return is shared between sessions and never changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.policy import is_allowed
from components.masked_language import game, reading, surprise
from components.masked_language.game import Game
from components.masked_language.gaps import Gap, Step, fill_stepwise, gaps
from components.masked_language.reading import Reading
from components.masked_language.surprise import Surprises
from components.models import cached
from components.models.records import ModelRecord
from components.models.registry import records
from components.models.store import is_local

_MOST_TEXTS: Final = 32
_MOST_SLOW: Final = 16


@dataclass(frozen=True)
class Request:
    """What the visitor asked about; every computation is keyed on it."""

    model_id: str
    text: str


@st.cache_resource(max_entries=_MOST_TEXTS, show_spinner=False)
def reading_of(request: Request, *, most_tokens: int = reading.MOST_TOKENS) -> Reading:
    """Return the tokens of the text."""
    tokenizer = cached.tokenizer(request.model_id)
    return reading.read(tokenizer, request.text, model=request.model_id, most_tokens=most_tokens)


@st.cache_resource(max_entries=_MOST_TEXTS, show_spinner=False)
def gaps_of(request: Request, *, top: int) -> tuple[Gap, ...]:
    """Return the candidates of each gap."""
    return gaps(cached.masked_lm(request.model_id), reading_of(request), top=top)


@st.cache_resource(max_entries=_MOST_TEXTS, show_spinner=False)
def steps_of(request: Request) -> tuple[Step, ...]:
    """Return the gaps filled one after the other."""
    return fill_stepwise(cached.masked_lm(request.model_id), reading_of(request))


@st.cache_resource(max_entries=_MOST_SLOW, show_spinner=False)
def game_of(request: Request, *, seed: int) -> Game | None:
    """Return the puzzles of pre-training and the answers."""
    shortened = reading_of(request, most_tokens=game.MOST_TOKENS)
    return game.play(cached.masked_lm(request.model_id), shortened, seed=seed)


@st.cache_resource(max_entries=_MOST_SLOW, show_spinner=False)
def surprises_of(request: Request) -> Surprises | None:
    """Return how surprising each token is."""
    shortened = reading_of(request, most_tokens=surprise.MOST_TOKENS)
    return surprise.surprises(cached.masked_lm(request.model_id), shortened)


def local_models() -> list[ModelRecord]:
    """Return the masked language models of the registry that are on this machine and may be used."""
    return [model for model in records(tasks=["fill-mask"]) if is_local(model) and is_allowed(model.id)]


def describe_cut(read: Reading) -> None:
    """Say visibly that only the beginning of a text is used."""
    if read.all_tokens > len(read.tokens):
        note = _("The text has {all} tokens; the first {kept} are read here.")
        st.info(note.format(all=read.all_tokens, kept=len(read.tokens)), icon=":material/content_cut:")
