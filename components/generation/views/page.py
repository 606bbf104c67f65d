"""The playground: what to go on with, how the next token is chosen, the text as it is written, and views into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core import policy
from components.core.i18n import _
from components.engines.contract import Engine, ReadsTokens, Request
from components.engines.errors import GenerationError
from components.generation import link
from components.generation.answer import Answer
from components.generation.engine_cache import OpenEngine, open_model
from components.generation.export import ExportSource
from components.generation.state import answers, current_request, set_command, values
from components.generation.views.anatomy import CHART as ANATOMY
from components.generation.views.anatomy import anatomy_tab
from components.generation.views.compare import compare_tab
from components.generation.views.controls import choose_mode, choose_model, choose_prompt, choose_settings
from components.generation.views.guess import guess_tab
from components.generation.views.history import branches_tab, history_tab
from components.generation.views.lesson import exercise, predict
from components.generation.views.run import confirm_cost, run_and_show
from components.generation.views.search import search_tab
from components.models import cached
from components.models.errors import ModelError
from components.ui import errors, links, teaching
from components.ui.export import Export, export_menu
from components.ui.open_tab import draw_open_tab
from components.ui.session import awaits_replay

_TABS: Final = "generation_tab"


def page() -> None:
    """Draw the page.

    No fragment: a widget inside one never interrupts a run, and here every click has to end what is being written.
    """
    arrives = links.is_arriving(link.PAGE)
    if arrives and link.RUN.name not in st.query_params:
        st.session_state[link.RUN.name] = link.RUN.default  # it belongs to a link: coming back to the page is none
    slot = teaching.opening(link.PAGE, link.PARAMETERS)
    prompt, model = st.columns([5, 3], gap="medium")
    with model:
        chosen, model_id = choose_model()
    try:
        with prompt, st.spinner(_("Loading the model")):
            here = open_model(chosen, model_id)
    except (GenerationError, ModelError) as error:
        errors.show(error)
        _offer_the_embedded_model(model_id)
        return
    with prompt:
        choose_prompt(here)
    choose_settings(here)
    request = current_request(here)
    linked = st.session_state[link.RUN.name] == "1" and not chosen.paid(model_id)
    by_hand = policy.account() is not None  # there a run counts for a person, and a link is not theirs
    if linked and arrives and not by_hand and not awaits_replay():
        set_command("new")
    row = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center")
    buttons = row.container(horizontal=True, width="content", vertical_alignment="center")
    with row.container(horizontal=True, width="content", vertical_alignment="center"):
        choose_mode(here)
    hint = st.empty()
    answer = run_and_show(here, request, buttons, may_run=confirm_cost(here, request))
    if linked and by_hand and not answers():
        hint.info(
            _(
                "This link asks to generate at once. In a team a run counts in the name of the person who starts it: "
                "press **Generate** to start it in yours."
            ),
            icon=":material/ads_click:",
        )
    _draw_export(slot, here, request, answer)
    _tabs(here, request, answer)
    teaching.closing(link.PAGE, link.PARAMETERS, predict=predict, exercise=lambda: exercise(here))


def _tabs(here: OpenEngine, request: Request, answer: Answer | None) -> None:
    draws: dict[str, Callable[[], None]] = {
        _("Step by step"): lambda: anatomy_tab(here, request, answer),
        _("Branches"): lambda: branches_tab(answer),
        _("Ways to search"): lambda: search_tab(here, request),
        _("Compare"): lambda: compare_tab(here, request),
        _("You against the model"): lambda: guess_tab(here),
        _("History"): history_tab,
    }
    draw_open_tab(draws, key=_TABS)


def _offer_the_embedded_model(model_id: str) -> None:
    if model_id != link.MODEL.default:
        st.button(
            _("Use the built-in model"),
            icon=":material/undo:",
            on_click=links.set_up,
            args=(link.PAGE, (link.ENGINE, link.MODEL)),
            kwargs={"values": {"engine": link.ENGINE.default, "model": link.MODEL.default}},
        )


def _draw_export(slot: DeltaGenerator, opened: OpenEngine, request: Request, answer: Answer | None) -> None:
    """Draw the menu for the answer on the screen, or for what "Generate" would give."""
    shown = answer or Answer(opened.offer.name, opened.model, request, values() | _used(opened))
    params: Mapping[str, object] = dict(shown.settings) | {"run": "0" if answer is None else "1"}
    source = _source(opened, shown)
    with slot:
        export_menu(
            Export(
                page=link.PAGE,
                params=params,
                model=opened.model,
                result=source.result,
                script=source.script,
                figure=ANATOMY,
            )
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
