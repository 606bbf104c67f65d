"""The page of masked language modelling: a text with gaps, four views of it, and the lesson around them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.i18n import N_, _
from components.core.text import escape_markdown
from components.core.visible import visible_piece
from components.masked_language import game, link, surprise
from components.masked_language.export import result, script
from components.masked_language.gaps import hide_word
from components.masked_language.reading import MaskedLanguageError, Reading
from components.masked_language.state import (
    Request,
    describe_cut,
    game_of,
    gaps_of,
    local_models,
    reading_of,
    steps_of,
    surprises_of,
)
from components.masked_language.views.game import CHART as GAME_CHART
from components.masked_language.views.game import draw_game
from components.masked_language.views.gaps import CHART as GAPS_CHART
from components.masked_language.views.gaps import CHART as MODELS_CHART
from components.masked_language.views.gaps import draw_gaps, draw_models
from components.masked_language.views.guide import CHECKS, judge_attempt
from components.masked_language.views.surprise import CHART as SURPRISE_CHART
from components.masked_language.views.surprise import draw_surprise
from components.models import cached
from components.models.errors import ModelError
from components.models.records import ModelRecord, loadable_name
from components.models.registry import record
from components.models.store import local_folder
from components.ui import errors, links
from components.ui.export import Export, export_menu
from components.ui.guide.page import close_page, open_page
from components.ui.model_picker import model_picker
from components.ui.open_tab import choose_view
from components.ui.session import fragment
from components.ui.text_fit import warn_of_unread_text
from components.ui.token_chips import Chip, token_chips

VIEWS: Final = {
    "gaps": N_("Fill the gaps"),
    "game": N_("The pre-training game"),
    "surprise": N_("What surprises the model"),
    "models": N_("Compare models"),
}
_TEXT_HEIGHT_PX: Final = 76
_VIEWS_OF_GAPS: Final = ("gaps", "models")
_CHARTS: Final = {"gaps": GAPS_CHART, "game": GAME_CHART, "surprise": SURPRISE_CHART, "models": MODELS_CHART}


@dataclass(frozen=True)
class _Asked:
    """What the view is asked for, and what the link said of it when the controls were drawn."""

    request: Request
    link_values: tuple[object, ...]


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
    left, right = st.columns([5, 3], gap="medium")
    with left:
        text: str = st.text_area(
            _("Text with [MASK] in place of hidden words"),
            height=_TEXT_HEIGHT_PX,
            max_chars=link.MOST_CHARACTERS,
            **links.bound(link.PAGE, link.TEXT),
        )
    with right:
        model = model_picker(link.PAGE, link.MODEL, load=cached.masked_lm)
    with left:
        warn_of_unread_text(model, text, (link.PAGE, link.MODEL))
    _draw_view(_Asked(_readable(Request(model.id, text)), _link_values()), slot)


def _link_values() -> tuple[object, ...]:
    """Return what the link says of what is drawn around the view."""
    return tuple(st.session_state.get(each.name) for each in (link.MODEL, link.TEXT))


@fragment
def _draw_view(asked: _Asked, slot: DeltaGenerator) -> None:
    """Draw the chosen view and the Export menu. A click in it may change the text, which is drawn around it."""
    if asked.link_values != _link_values():
        st.rerun()
    request = asked.request
    view, top, seed = _choose_view()
    draws: dict[str, Callable[[], None]] = {
        "gaps": lambda: draw_gaps(request, top=top),
        "game": lambda: draw_game(request, seed=seed),
        "surprise": lambda: draw_surprise(request),
        "models": lambda: draw_models(request, top=top),
    }
    with st.container(key=f"view_{view}"):
        if view in _VIEWS_OF_GAPS:
            _draw_words(request)
        draws[view]()
    with slot, st.container():  # a fragment straight in a container from outside would be added to it in each run
        export_menu(_export(request, view=view, top=top, seed=seed))


def _readable(request: Request) -> Request:
    """Return what can be read: the same, or the built-in model in place of one that cannot be used."""
    try:
        reading_of(request)
        gaps_of(request, top=1)
    except (ModelError, MaskedLanguageError) as error:
        errors.show(error)
        return Request(links.default_of(link.PAGE, link.MODEL), request.text)
    return request


def _choose_view() -> tuple[str, int, int]:
    """Draw the choice of view and its numbers, and return view, top and seed."""
    row = st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute")
    with row:
        names = {name: _(title) for name, title in VIEWS.items()}
        view = choose_view(_("View"), link.PAGE, link.VIEW, link.VIEW.options, names)
        with st.popover(_("Settings"), icon=":material/tune:"):
            top = st.slider(
                _("Candidates shown"),
                int(link.TOP.least),
                int(link.TOP.most),
                **links.bound(link.PAGE, link.TOP),
            )
            seed = st.number_input(
                _("Seed of the game"),
                int(link.SEED.least),
                int(link.SEED.most),
                help=_("The same seed chooses the same words."),
                **links.bound(link.PAGE, link.SEED),
            )
    return view, int(top), int(seed)


def _draw_words(request: Request) -> None:
    """Draw the tokens; one that is clicked can be hidden."""
    read = reading_of(request)
    describe_cut(read)
    chips = [
        Chip(
            visible_piece(token.piece),
            (token.id,),
            token.start,
            token.end,
            special=token.special,
            marked=index in read.gaps,
        )
        for index, token in enumerate(read.tokens)
    ]
    pinned = token_chips(chips, text=None, label=_("Tokens"), key="masked_chips")
    if pinned is None or pinned not in read.written:
        st.caption(_("Click a word to hide it."))
        return
    piece = escape_markdown(visible_piece(read.tokens[pinned].piece))
    st.button(
        _("Hide “{word}”").format(word=piece),
        icon=":material/visibility_off:",
        key="masked_hide",
        on_click=_hide,
        args=(read, pinned),
    )


def _hide(read: Reading, position: int) -> None:
    links.set_up(link.PAGE, link.PARAMETERS, {link.TEXT.name: hide_word(read, position)[: link.MOST_CHARACTERS]})


def _export(request: Request, *, view: str, top: int, seed: int) -> Export:
    model = record(request.model_id)
    others = [other for other in local_models() if other.id != model.id]
    return Export(
        page=link.PAGE,
        params={"model": model.id, "text": request.text, "view": view, "top": top, "seed": seed},
        model=model.id,
        result=lambda: _result(request, others, top=top, seed=seed),
        script=lambda: _script(request, model, others, top=top, seed=seed),
        figure=_CHARTS[view],
    )


def _result(request: Request, others: list[ModelRecord], *, top: int, seed: int) -> dict[str, object]:
    return result(
        reading_of(request),
        found=gaps_of(request, top=top),
        steps=steps_of(request),
        game=game_of(request, seed=seed),
        surprises=surprises_of(request),
        others={other.id: gaps_of(Request(other.id, request.text), top=top) for other in others},
    )


def _script(request: Request, model: ModelRecord, others: list[ModelRecord], *, top: int, seed: int) -> str:
    return script(
        loadable_name(model, local_folder(model)),
        reading_of(request),
        game_ids=reading_of(request, most_tokens=game.MOST_TOKENS).ids,
        surprise_ids=reading_of(request, most_tokens=surprise.MOST_TOKENS).ids,
        top=top,
        seed=seed,
        others={
            other.id: (loadable_name(other, local_folder(other)), reading_of(Request(other.id, request.text)).ids)
            for other in others
        },
    )
