"""Two to four models or settings on one prompt, streaming together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.i18n import _
from components.core.policy import is_allowed
from components.engines.contract import Request, Strategy
from components.engines.errors import GenerationError
from components.engines.offers import offer, offers
from components.engines.table import ENGINES
from components.generation import link
from components.generation.answer import prompt_of, subject
from components.generation.engine_cache import OpenEngine, open_model
from components.generation.history import history
from components.generation.request_builder import request_of, uses
from components.generation.state import current_request, values
from components.generation.views.side_by_side import Lane, lane_record_of, read_lanes, show_together, write_together
from components.generation.wording import STRATEGIES
from components.models.errors import ModelError
from components.models.registry import record, records
from components.models.store import is_local
from components.ui import errors
from components.ui.session import fragment

FEWEST: Final = 2
MOST: Final = 4
_KEY: Final = "generation_compare"
_FIRST_SETTINGS: Final[tuple[tuple[Strategy, float], ...]] = (
    ("sample", 0.8),
    ("sample", 1.5),
    ("greedy", 0.8),
    ("sample", 0.3),
)


@dataclass(frozen=True)
class Choice:
    """A model on an engine."""

    engine: str
    model: str


@fragment
def draw_comparison(engine: str, model: str) -> None:
    """Draw the view: two to four models or settings on the prompt."""
    here = open_model(offer(engine), model)
    request = current_request(here)
    there = _choices(here)
    count = st.segmented_control(
        _("Texts side by side"),
        list(range(FEWEST, MOST + 1)),
        default=FEWEST,
        required=True,
        key="generation_lanes",
    )
    chosen = [_choose(number, column, there) for number, column in enumerate(st.columns(int(count), gap="medium"))]
    paid = any(offer(choice.engine).paid(choice.model) for choice, _strategy, _temperature in chosen)
    may_run = not paid or st.checkbox(
        _("At least one of these runs is paid for by the operator of this dashboard. Run them."),
        key="generation_pay_lanes",
    )
    if st.button(
        _("Write side by side"), key="generation_compare_start", icon=":material/play_arrow:", disabled=not may_run
    ):
        try:
            write_together(_lanes(chosen, request), _KEY)
        except (GenerationError, ModelError) as error:
            errors.show(error)
            return
    written = {name: each for name, each in read_lanes(_KEY).items() if is_about(each.answer.request, request)}
    if written:
        show_together(written)
        if all(each.answer.tokens for each in written.values()):
            history().draw_keep_comparison(prompt_of(request), [lane_record_of(each) for each in written.values()])
    history().draw_comparisons()


def _choices(here: OpenEngine) -> list[Choice]:
    """Return what can run now, the page's own choice first."""
    first = Choice(here.offer.name, here.model)
    found = [first]
    for model in records(tasks=link.TASKS):
        if is_local(model) and is_allowed(model.id):
            found += [Choice(spec.name, model.id) for spec in ENGINES if spec.runs_here and spec.why_not(model) is None]
    for each in offers():
        if each.missing is None:
            found += [Choice(each.name, model) for model in each.models]
    return list(dict.fromkeys(found))


def _choose(number: int, place: DeltaGenerator, there: list[Choice]) -> tuple[Choice, Strategy, float]:
    strategy, temperature = _FIRST_SETTINGS[number]
    with place:
        names = {each: _title(each) for each in there}
        choice: Choice = st.selectbox(
            _("Model"),
            there,
            format_func=names.__getitem__,
            key=f"generation_lane_model_{number}",
            label_visibility="collapsed",
        )
        titles = {each: _(title) for each, title in STRATEGIES.items()}
        chosen: Strategy = st.selectbox(
            _("How the next token is chosen"),
            list(titles),
            list(titles).index(strategy),
            format_func=lambda each: titles[each],
            key=f"generation_lane_strategy_{number}",
            label_visibility="collapsed",
        )
        warm: float = st.slider(
            _("Temperature"),
            0.0,
            2.0,
            temperature,
            0.05,
            key=f"generation_lane_temperature_{number}",
            disabled=not uses("temperature", chosen),
        )
    return choice, chosen, warm


def _title(choice: Choice) -> str:
    each = offer(choice.engine)
    title = choice.model if each.is_remote else record(choice.model).title
    return f"{title} · {each.title}"


def _lanes(chosen: list[tuple[Choice, Strategy, float]], request: Request) -> dict[str, Lane]:
    lanes = {}
    for number, (choice, strategy, temperature) in enumerate(chosen):
        ready = open_model(offer(choice.engine), choice.model)
        settings = values() | {"strategy": strategy, "temperature": temperature}
        asked = request_of(settings, ready.capabilities, is_remote=ready.is_remote)
        if asked.mode == request.mode:
            asked = replace(asked, messages=request.messages)
        how = f"{_(STRATEGIES[asked.strategy])} {asked.temperature if asked.temperature is not None else ''}".strip()
        lanes[str(number)] = Lane(f"{number + 1} · {ready.title} · {how}", ready, asked)
    return lanes


def is_about(asked: Request, request: Request) -> bool:
    """Say whether a text was written for what the page asks now; one model can answer it where another goes on."""
    if asked.mode != request.mode:
        return prompt_of(asked) == prompt_of(request)
    return subject(asked) == subject(request)
