"""What can be done with the selected head: find heads and sentences like it, and go to what it writes.

The buttons are part of the view in the browser, which knows the head on the screen; what they ask for is drawn below.
"""

from __future__ import annotations

from threading import Condition
from typing import Final

import streamlit as st
from cachetools import LRUCache
from cachetools import cached as remembered

from components.attention.metrics import SimilarHead, similar_heads
from components.attention.state import Reading, ViewState, capture_text, go_to
from components.attention.views.neighbours import COUNT, draw_neighbours, has_corpus, is_prepared
from components.core.i18n import _
from components.models.inputs import mask_id
from components.models.loaders import LoadedModel
from components.models.recording import Kind
from components.ui.navigation import page_address, switch_page
from components.ui.tensor_view.packing import Action

SIMILAR: Final = "similar"
NEIGHBOURS: Final = "neighbours"
INSIDE: Final = "inside"
MOST_SIMILAR: Final = 4096
MOST_LINKED_TOKENS: Final = 256
_PLACE_INSIDE: Final = {"row": "attention.{layer}", "head": "{head}", "position": "{query}"}
_ASKED: Final = "attention_asked"
_PILLS: Final = "attention_similar"


def asked(state: ViewState, loaded: LoadedModel) -> frozenset[str]:
    """Return what was asked for on this text, by a button or by the link."""
    found = _asked_by_button(state) | ({NEIGHBOURS} if is_prepared(state) else set())
    return found if has_corpus(state, loaded) else found - {NEIGHBOURS}


def offer(state: ViewState, loaded: LoadedModel, already: frozenset[str]) -> list[Action]:
    """Return the buttons for what was not asked for already."""
    actions = []
    if SIMILAR not in already:
        actions.append(Action(SIMILAR, _("Heads that behave alike")))
    if NEIGHBOURS not in already and has_corpus(state, loaded):
        label = _("{count} sentences in which this head does something similar").format(count=COUNT)
        actions.append(Action(NEIGHBOURS, label, of_word=True))
    if _can_be_followed(state, loaded):
        address = page_address("inside", _PLACE_INSIDE, **_way_inside(state))
        actions.append(Action(INSIDE, _("What this head writes"), href=address))
    return actions


def take(state: ViewState, name: str) -> None:
    """Take note of what a button asks for: the callback of the view."""
    st.session_state[_ASKED] = (_subject(state), _asked_by_button(state) | {name})
    if name == NEIGHBOURS:
        go_to(state.shape, similar="yes")


def draw_asked(state: ViewState, query: int | None, names: frozenset[str]) -> None:
    """Draw what was asked for, or go there; `query` is the pinned row."""
    if INSIDE in names:
        st.session_state[_ASKED] = (_subject(state), names - {INSIDE})
        selected = {"layer": state.layer, "head": state.head, "query": "" if query is None else query}
        place = {name: blank.format(**selected) for name, blank in _PLACE_INSIDE.items()}
        switch_page("inside", **_way_inside(state), **{name: value for name, value in place.items() if value})
    if SIMILAR in names:
        draw_similar_heads(state)
    if NEIGHBOURS in names:
        draw_neighbours(state, query)


def _asked_by_button(state: ViewState) -> frozenset[str]:
    subject, names = st.session_state.get(_ASKED, (None, frozenset()))
    return frozenset(names if subject == _subject(state) else ())


def _subject(state: ViewState) -> tuple[Reading, Kind]:
    return state.reading, state.attention.kind


def _can_be_followed(state: ViewState, loaded: LoadedModel) -> bool:
    """Say whether the page that shows what a head writes can show this text."""
    reading, given = state.reading, state.record.input
    is_one_text = reading.text_b is None and not reading.new_tokens and not given.target and given.cut is None
    predicts = state.attention.kind == "decoder" or mask_id(loaded.tokenizer) in given.ids
    return is_one_text and predicts and len(given.tokens) <= MOST_LINKED_TOKENS


def _way_inside(state: ViewState) -> dict[str, str]:
    return {"model": state.model.id, "text": state.reading.text, "view": "stage"}


@remembered(LRUCache(MOST_SIMILAR), condition=Condition())
def _similar(reading: Reading, kind: Kind, layer: int, head: int) -> tuple[SimilarHead, ...]:
    return similar_heads(capture_text(reading).of(kind), layer, head)


def draw_similar_heads(state: ViewState) -> None:
    """Draw the heads with the most similar patterns on this text, as a way to them."""
    found = _similar(*_subject(state), state.layer, state.head)
    near = {(other.layer, other.head): other for other in found}
    st.pills(
        _("Heads that behave alike on this text, as layer-head (100% the same, 0% nothing in common):"),
        list(near),
        format_func=lambda pair: f"{pair[0]}-{pair[1]} · {1 - near[pair].distance:.0%}",
        key=_PILLS,
        on_change=_open_similar,
        args=(state,),
    )


def _open_similar(state: ViewState) -> None:
    layer, head = st.session_state[_PILLS]
    st.session_state[_PILLS] = None
    go_to(state.shape, layer=layer, head=head)
