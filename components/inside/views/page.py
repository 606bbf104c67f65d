"""The page: a text and a model, four views of what happens inside, and the lesson around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.errors import VisitorError
from components.core.i18n import N_, _
from components.core.text import escape_markdown
from components.inside import link
from components.inside.board import write_token
from components.inside.errors import InsideError, NotOneToken
from components.inside.reading import with_mask
from components.inside.state import (
    VIEW,
    Change,
    Request,
    Watched,
    answer_of,
    chosen_number,
    is_read,
    load_model,
    pass_of,
    second_text,
    watched_of,
)
from components.inside.views.export import draw_export
from components.inside.views.guide import CHECKS, judge_attempt
from components.inside.views.proof import draw_proof
from components.inside.views.stage import draw_board_view, draw_stage_view
from components.inside.views.time import draw_costs
from components.models.errors import NothingToRead
from components.models.records import ModelRecord
from components.ui import errors, links
from components.ui.guide.page import close_page, open_page
from components.ui.model_picker import model_picker
from components.ui.open_tab import choose_view
from components.ui.session import fragment
from components.ui.text_fit import built_in_reader, warn_of_unread_text

VIEWS: Final = {
    "board": N_("The whole model"),
    "stage": N_("One operation"),
    "prove": N_("Prove it"),
    "time": N_("What it costs"),
}
_TEXT_HEIGHT_PX: Final = 68


@dataclass(frozen=True)
class _Asked:
    """What the view is asked for, and what the link said of it when the controls were drawn."""

    request: Request
    link_values: tuple[object, ...]


@dataclass(frozen=True)
class _Places:
    """Where the view draws outside of itself: its switch, the watched word, the Export menu."""

    bar: DeltaGenerator
    word: DeltaGenerator
    slot: DeltaGenerator


def page() -> None:
    """Draw the page: guide, controls, and the view are drawn anew each by itself."""
    slot = open_page(
        link.PAGE,
        link.PARAMETERS,
        checks=CHECKS,
        exercise=judge_attempt,
        text=lambda: st.session_state[link.TEXT.name],
    )
    _draw_controls(slot)
    close_page(link.PAGE)


@fragment
def _draw_controls(slot: DeltaGenerator) -> None:
    """Draw text and model, and below them the view."""
    left, right = st.columns([6, 4], gap="medium")
    with left:
        words, word = st.columns([5, 2], gap="small")
        with words:
            text: str = st.text_area(_("Text"), height=_TEXT_HEIGHT_PX, **links.bound(link.PAGE, link.TEXT))
        bar = st.container()
    with right:
        model = model_picker(link.PAGE, link.MODEL, shows_inside=True, load=load_model)
    with words:
        warn_of_unread_text(model, text, (link.PAGE, link.MODEL))
    _draw_view(_Asked(Request(model.id, text), _link_values()), model, _Places(bar, word, slot))


def _link_values() -> tuple[object, ...]:
    """Return what the link says of what is drawn around the view."""
    return tuple(st.session_state.get(each.name) for each in (link.MODEL, link.TEXT))


def _draw_open_view(asked: _Asked, model: ModelRecord, places: _Places) -> None:
    """Draw the chosen view and the Export menu. A click in it may change the text, which is drawn around it."""
    if asked.link_values != _link_values():
        st.rerun()
    with places.bar:
        names = {name: _(title) for name, title in VIEWS.items()}
        view = choose_view(_("View"), link.PAGE, link.VIEW, link.VIEW.options, names)
    try:
        request = _read(asked.request, model)
    except VisitorError as error:
        places.word.empty()
        places.slot.empty()
        _offer_the_default(error, model, asked.request.text)
        return
    with places.word:
        watched = _choose_watched(request)
    _say_what_is_missing(request)
    draws: dict[str, Callable[[Request, Watched], Change | None]] = {
        "board": draw_board_view,
        "stage": draw_stage_view,
        "prove": draw_proof,
        "time": draw_costs,
    }
    with st.container(key=f"view_{view}"):
        change = draws[view](request, watched)
    # a fragment straight in a container from outside would be added to it in each run
    with places.slot, st.container():
        draw_export(request, watched, change)


_draw_view = fragment(_draw_open_view, name=VIEW)


def _read(request: Request, model: ModelRecord) -> Request:
    """Read the text, and return what was read: with a mask, or of an encoder-decoder with what it writes."""
    loaded = load_model(request.model_id)
    text = with_mask(loaded, request.text)
    if text != request.text:
        st.caption(
            _("This model fills gaps, and the text has none. It reads: {text}").format(text=escape_markdown(text))
        )
        request = replace(request, text=text)
    if loaded.model.config.is_encoder_decoder:
        target: str = st.text_input(
            _("What it has written so far"),
            help=_("This model reads one text and writes another. The board shows what its decoder would write next."),
            **links.bound(link.PAGE, link.TARGET),
        )
        request = replace(request, target=target)
    if is_read(request):  # a spinner starts a thread
        pass_of(request)
        return request
    with st.spinner(_("Reading the text with {model}").format(model=model.title)):
        pass_of(request)
    return request


def _say_what_is_missing(request: Request) -> None:
    """Say where a link asks for a row or token that this model or text does not have."""
    done = pass_of(request)
    row, position = st.session_state[link.ROW.name], chosen_number(link.POSITION)
    if row and row not in {*done.rows, link.SCORES}:
        st.caption(_("This model has no row {row}; another one is shown.").format(row=row))
    if position is not None and position >= len(done.tokens):
        st.caption(
            _("The text has no token {position}; the one where the model predicts is shown.").format(position=position)
        )


def _choose_watched(request: Request) -> Watched:
    """Draw which word is followed, and return it; where it cannot be followed that is said, and the answer taken."""
    answer = watched_of(request, "", "", _other_answer(request))
    loaded = load_model(request.model_id)
    typed: str = st.text_input(
        _("Watch for"),
        placeholder=_("its answer: {word}").format(word=write_token(loaded, answer.word)),
        help=_("One word, one token. Empty: what the model answers here."),
        **links.bound(link.PAGE, link.WATCH),
    )
    against = str(st.session_state.get(link.AGAINST.name, ""))
    try:
        return watched_of(request, typed, against, _other_answer(request))
    except NotOneToken as error:
        errors.show(error, is_fault=False)
    try:
        return watched_of(request, typed, "", _other_answer(request))  # of the two, the one to compare with may be it
    except NotOneToken:
        return answer


def _other_answer(request: Request) -> int | None:
    """Return what the model answers to the second text, None without one that can be read."""
    other = second_text(request)
    if other is None:
        return None
    try:
        return answer_of(other)
    except VisitorError:  # the view of swaps says what is wrong with it
        return None


def _offer_the_default(error: VisitorError, model: ModelRecord, text: str) -> None:
    errors.show(error, is_fault=not isinstance(error, (InsideError, NothingToRead)))
    if not model.embedded:
        reader = built_in_reader(text, "text-generation").id
        st.button(
            _("Show the built-in model"),
            icon=":material/undo:",
            on_click=links.set_up,
            args=(link.PAGE, link.PARAMETERS, {link.MODEL.name: reader}),
        )
