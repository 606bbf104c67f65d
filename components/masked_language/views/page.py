"""The page of masked language modelling: a text with gaps, four views of it, and the lesson around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.core.visible import visible
from components.masked_language import game, link, surprise
from components.masked_language.errors import MaskedLanguageError
from components.masked_language.gaps import hidden
from components.masked_language.reading import Reading
from components.masked_language.result import result
from components.masked_language.script import Recipe, script
from components.masked_language.views.game import CHART as GAME_CHART
from components.masked_language.views.game import game_view
from components.masked_language.views.gaps import CHART as GAPS_CHART
from components.masked_language.views.gaps import gaps_view
from components.masked_language.views.lesson import exercise, predict
from components.masked_language.views.models import CHART as MODELS_CHART
from components.masked_language.views.models import models_view
from components.masked_language.views.shown import (
    Asked,
    game_of,
    gaps_of,
    on_board,
    reading_of,
    say_what_was_cut,
    steps_of,
    surprises_of,
)
from components.masked_language.views.surprise import CHART as SURPRISE_CHART
from components.masked_language.views.surprise import surprise_view
from components.masked_language.wording import VIEWS
from components.models.errors import ModelError
from components.models.loadable import loadable_name
from components.models.records import ModelRecord
from components.models.registry import record
from components.models.store import local_folder
from components.ui import errors, links, teaching
from components.ui.export import Export, export_menu
from components.ui.model_picker import model_picker
from components.ui.token_chips import Chip, token_chips

_TEXT_HEIGHT_PX: Final = 76
_VIEWS_OF_GAPS: Final = ("gaps", "models")
_CHARTS: Final = {"gaps": GAPS_CHART, "game": GAME_CHART, "surprise": SURPRISE_CHART, "models": MODELS_CHART}


def page() -> None:
    """Draw the page."""
    slot = teaching.opening(link.PAGE, link.PARAMETERS)
    left, right = st.columns([3, 1], gap="medium")
    with left:
        text: str = st.text_area(
            _("Text with [MASK] in place of hidden words"),
            height=_TEXT_HEIGHT_PX,
            max_chars=link.MOST_CHARACTERS,
            **links.bound(link.PAGE, link.TEXT),
        )
    with right:
        model = model_picker(link.PAGE, link.MODEL)
    asked = _readable(Asked(model.id, text))
    view, top, seed = _controls()
    if view in _VIEWS_OF_GAPS:
        _words(asked)
    draw: dict[str, Callable[[], None]] = {
        "gaps": lambda: gaps_view(asked, top=top),
        "game": lambda: game_view(asked, seed=seed),
        "surprise": lambda: surprise_view(asked),
        "models": lambda: models_view(asked, top=top),
    }
    draw[view]()
    with slot:
        export_menu(_export(asked, view=view, top=top, seed=seed))
    teaching.closing(link.PAGE, link.PARAMETERS, predict=predict, exercise=exercise)


def _readable(asked: Asked) -> Asked:
    """Return what can be read: the same, or the embedded model in place of one that cannot be used."""
    try:
        reading_of(asked)
        gaps_of(asked, top=1)
    except (ModelError, MaskedLanguageError) as error:
        errors.show(error)
        return Asked(link.MODEL.default, asked.text)
    return asked


def _controls() -> tuple[str, int, int]:
    """Draw the choice of view and its numbers, and return view, top and seed."""
    row = st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute")
    with row:
        view = st.segmented_control(
            _("View"),
            link.VIEW.options,
            required=True,
            format_func=lambda name: _(VIEWS[name]),
            label_visibility="collapsed",
            width="content",
            **links.bound(link.PAGE, link.VIEW),
        )
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
    return str(view), int(top), int(seed)


def _words(asked: Asked) -> None:
    """Draw the tokens; one that is clicked can be hidden."""
    read = reading_of(asked)
    say_what_was_cut(read)
    chips = [
        Chip(
            visible(token.piece), (token.id,), token.start, token.end, special=token.special, marked=index in read.gaps
        )
        for index, token in enumerate(read.tokens)
    ]
    pinned = token_chips(chips, text=None, label=_("Tokens"), key="masked_chips")
    if pinned is None or pinned not in read.written:
        st.caption(_("Click a word to hide it."))
        return
    piece = escape_markdown(visible(read.tokens[pinned].piece))
    st.button(
        _("Hide “{word}”").format(word=piece),
        icon=":material/visibility_off:",
        key="masked_hide",
        on_click=_hide,
        args=(read, pinned),
    )


def _hide(read: Reading, position: int) -> None:
    links.set_up(link.PAGE, link.PARAMETERS, {link.TEXT.name: hidden(read, position)[: link.MOST_CHARACTERS]})


def _export(asked: Asked, *, view: str, top: int, seed: int) -> Export:
    model = record(asked.model_id)
    others = [other for other in on_board() if other.id != model.id]
    return Export(
        page=link.PAGE,
        params={"model": model.id, "text": asked.text, "view": view, "top": top, "seed": seed},
        model=model.id,
        result=lambda: _result(asked, others, top=top, seed=seed),
        script=lambda: script(_recipe(asked, model, others, top=top, seed=seed)),
        figure=_CHARTS[view],
    )


def _result(asked: Asked, others: list[ModelRecord], *, top: int, seed: int) -> dict[str, object]:
    return result(
        reading_of(asked),
        found=gaps_of(asked, top=top),
        steps=steps_of(asked),
        game=game_of(asked, seed=seed),
        surprises=surprises_of(asked),
        others={other.id: gaps_of(Asked(other.id, asked.text), top=top) for other in others},
    )


def _recipe(asked: Asked, model: ModelRecord, others: list[ModelRecord], *, top: int, seed: int) -> Recipe:
    return Recipe(
        weights=loadable_name(model, local_folder(model)),
        reading=reading_of(asked),
        game_ids=reading_of(asked, most_tokens=game.MOST_TOKENS).ids,
        surprise_ids=reading_of(asked, most_tokens=surprise.MOST_TOKENS).ids,
        top=top,
        seed=seed,
        others={
            other.id: (loadable_name(other, local_folder(other)), reading_of(Asked(other.id, asked.text)).ids)
            for other in others
        },
    )
