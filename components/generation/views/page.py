"""The playground: what to go on with, how the next token is chosen, the text as it is written, and views into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core import policy
from components.core.i18n import N_, _
from components.engines.contract import Engine, ReadsTokens, Request
from components.engines.errors import GenerationError
from components.engines.offers import offer
from components.generation import link
from components.generation.answer import Answer
from components.generation.engine_cache import OpenEngine, open_model
from components.generation.export import ExportSource
from components.generation.lesson_examples import examples
from components.generation.state import (
    ANSWER,
    CONTROLS,
    answer_on_screen,
    answers,
    current_request,
    has_command,
    note_open,
    show,
    show_or_ask,
    values,
)
from components.generation.views.anatomy import CHART as ANATOMY
from components.generation.views.anatomy import draw_steps
from components.generation.views.compare import draw_comparison
from components.generation.views.controls import choose_example, choose_model, choose_prompt, choose_settings
from components.generation.views.guess import CHART as GAME
from components.generation.views.guess import draw_game
from components.generation.views.guide import CHECKS, judge_attempt
from components.generation.views.history import CHART as BRANCHES
from components.generation.views.history import draw_branches, draw_history
from components.generation.views.run import confirm_cost, draw_buttons, run_and_show
from components.generation.views.search import CHART as BEAMS
from components.generation.views.search import ask_for_searches, draw_searches
from components.models import cached
from components.models.errors import ModelError
from components.ui import errors, links
from components.ui.export import Export, draw_view_export, export_frame
from components.ui.guide import position
from components.ui.guide.page import close_page, open_page
from components.ui.open_tab import choose_view
from components.ui.session import awaits_replay, fragment

_ARRIVED: Final = "generation_arrived"
_CARD: Final = "generation_card"
"""Which card of the guide has set the page up: one that asks for a text gets it when it is turned to."""

VIEWS: Final[dict[str, tuple[str, str]]] = {
    "steps": (N_("Step by step"), ANATOMY),
    "branches": (N_("Branches"), BRANCHES),
    "search": (N_("Ways to search"), BEAMS),
    "compare": (N_("Compare"), ANATOMY),
    "guess": (N_("You against the model"), GAME),
    "history": (N_("History"), ANATOMY),
}
"""Of each view its name, and the key of the chart that the Export menu saves."""


@dataclass
class _Exported:
    """What the Export menu has. Its frame is drawn with the controls, and filled by what is drawn in them."""

    menu: DeltaGenerator = field(init=False)
    export: Export | None = None


def page() -> None:
    """Draw the page.

    The controls, and in them the answer with its views, are fragments: a click redraws what can change by it. A run in
    one of them ends at a click in it or in what is around it.
    """
    arrives = links.is_arriving(link.PAGE)
    if arrives and link.RUN.name not in st.query_params:
        st.session_state[link.RUN.name] = link.RUN.default  # it belongs to a link: coming back to the page is none
    slot = open_page(
        link.PAGE,
        link.PARAMETERS,
        checks=CHECKS,
        exercise=judge_attempt,
        text=lambda: st.session_state[link.PROMPT.name],
    )
    turned = position.current_step() is not None and st.session_state.get(_CARD) != position.moment(link.PAGE)
    st.session_state[_CARD] = position.moment(link.PAGE)
    st.session_state[_ARRIVED] = (arrives or turned) and not awaits_replay()
    if turned:
        show(None)  # a card shows what it sets up, not what was written before
    _controls(slot)
    close_page(link.PAGE)


def _draw_controls(slot: DeltaGenerator) -> None:
    arrives = st.session_state.pop(_ARRIVED, False)
    prompt, model = st.columns(2, gap="medium")
    slot.empty()
    with model:
        chosen, model_id = choose_model()
    try:
        with prompt, st.spinner(_("Loading the model")):
            here = open_model(chosen, model_id)
    except (GenerationError, ModelError) as error:
        note_open(None)
        errors.show(error)
        _offer_the_embedded_model(model_id)
    else:
        note_open(here)
        with prompt:
            choose_prompt(here)
        choose_settings(here)
        with slot:
            exported = _Exported()
            exported.menu = export_frame(link.PAGE, lambda: cast("Export", exported.export))
        _draw_run(here, exported, arrives=arrives)


_controls = fragment(_draw_controls, name=CONTROLS)


def _draw_run(here: OpenEngine, exported: _Exported, *, arrives: bool) -> None:
    """Draw the buttons, the answer and its views."""
    linked = st.session_state[link.RUN.name] == "1" and not here.offer.paid(here.model)
    by_hand = policy.account() is not None  # there a run counts for a person, and a link is not theirs
    if linked and arrives and not by_hand:
        if _view_in_use() == "search":
            ask_for_searches()
        else:
            show_or_ask(here)
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    buttons = row.container(horizontal=True, width="content", vertical_alignment="center")
    with row:
        choose_example(here)
    request = current_request(here)
    may_run = confirm_cost(here, request)
    hint = st.empty() if linked and by_hand else None
    _answer(here.offer.name, here.model, exported, may_run=may_run, link_values=values())
    with buttons:
        draw_buttons(here, answer_on_screen(here, request), may_run=may_run)
    if hint is not None and not answers():
        hint.info(
            _(
                "This link asks to generate at once. In a team a run counts in the name of the person who starts it: "
                "press **Generate** to start it in yours."
            ),
            icon=":material/ads_click:",
        )


def _draw_answer(
    engine: str, model: str, exported: _Exported, *, may_run: bool, link_values: Mapping[str, object]
) -> None:
    """Draw the answer and the chosen view of it. A click in a view may ask for other settings, drawn around it."""
    if link_values != values():
        st.rerun()
    here = open_model(offer(engine), model)
    request = current_request(here)
    # before a run that may be ended: Streamlit forgets a place outside that nothing is written to
    place = exported.menu.empty() if has_command() else None
    if exported.export is None:
        exported.export = _export(here, request)
    answer = run_and_show(here, request, may_run=may_run)
    draws: dict[str, Callable[[], None]] = {
        "steps": lambda: draw_steps(here, request, answer),
        "branches": lambda: draw_branches(here, answer, may_run=may_run),
        "search": lambda: draw_searches(engine, model),
        "compare": lambda: draw_comparison(engine, model),
        "guess": lambda: draw_game(engine, model),
        "history": lambda: draw_history(may_run=may_run),
    }
    _choose_view()
    view = _view_in_use()
    with st.container(key=f"view_{view}"):
        draws[view]()
    exported.export = _export(here, request)
    with exported.menu if place is None else place.container():
        draw_view_export(exported.export)


_answer = fragment(_draw_answer, name=ANSWER)


def _choose_view() -> None:
    st.session_state[link.TAB.name] = _view_in_use()
    names = {name: _(title) for name, (title, _chart) in VIEWS.items()}
    choose_view(_("View"), link.PAGE, link.TAB, tuple(VIEWS), names)


def _view_in_use() -> str:
    """Return the open view: the first one where a run that was ended left the choice empty."""
    chosen = st.session_state.get(link.TAB.name)
    return chosen if chosen in VIEWS else str(link.TAB.default)


def _offer_the_embedded_model(model_id: str) -> None:
    built_in = examples().model
    if model_id != built_in:
        st.button(
            _("Use the built-in model"),
            icon=":material/undo:",
            on_click=links.set_up,
            args=(link.PAGE, (link.ENGINE, link.MODEL)),
            kwargs={"values": {"engine": link.ENGINE.default, "model": built_in}},
        )


def _export(opened: OpenEngine, request: Request) -> Export:
    """Return what the menu exports: the answer on the screen, or what "Generate" would give."""
    view = _view_in_use()
    answer = answer_on_screen(opened, request)
    shown = answer or Answer(opened.offer.name, opened.model, request, values() | _used(opened))
    source = _source(opened, shown)
    return Export(
        page=link.PAGE,
        params=dict(shown.settings) | {"tab": view, "run": "0" if answer is None else "1"},
        model=opened.model,
        result=source.result,
        script=source.script,
        figure=VIEWS[view][1],
    )


def _used(opened: OpenEngine) -> dict[str, object]:
    return {"engine": opened.offer.name, "model": opened.model}


def _source(opened: OpenEngine, shown: Answer) -> ExportSource:
    if opened.is_remote:
        return ExportSource(engine=opened.again, meter=opened.meter, answer=shown)
    return ExportSource(
        engine=opened.again,
        meter=opened.meter,
        answer=shown,
        ids=_ids(opened.engine, shown.request),
        spell=cached.tokenizer(opened.model).tokens,
        may_run=not opened.offer.paid(opened.model),
    )


def _ids(engine: Engine, request: Request) -> tuple[int, ...]:
    try:
        return engine.prompt_ids(request) if isinstance(engine, ReadsTokens) else ()
    except GenerationError:
        return ()  # the page says beside the prompt what is wrong with it
