"""All ways to choose tokens on one prompt side by side, and what the beams considered on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.engines.beam_tree import BeamTree
from components.engines.contract import Request, Strategy
from components.engines.offers import offer
from components.generation import figures
from components.generation.answer import subject
from components.generation.engine_cache import OpenEngine, open_model
from components.generation.request_builder import request_of
from components.generation.state import current_request, values
from components.generation.views.side_by_side import Lane, read_lanes, show_together, write_together
from components.generation.wording import STRATEGIES, token_name
from components.models import cached
from components.models.tokenization import Pieces
from components.ui import charts, tables
from components.ui.session import fragment

CHART: Final = "generation_beams"
STEPS_SHOWN: Final = 10
STEP_PX: Final = 72
"""A step of the drawing is at least as wide, so that its tokens can be read on a phone."""
MOST_RANKED: Final = 8
_KEY: Final = "generation_search"
_ASKED: Final = "generation_search_asked"


def ask_for_searches() -> None:
    """Have the view write all texts when it is drawn next, as its button does."""
    st.session_state[_ASKED] = True


@fragment
def draw_searches(engine: str, model: str) -> None:
    """Draw the view: all ways to choose on the prompt."""
    opened = open_model(offer(engine), model)
    request = current_request(opened)
    st.markdown(_("The same prompt, four ways to choose. Which text is the likeliest, and which would you read?"))
    able = [each for each in STRATEGIES if opened.capabilities.supports(each)]
    reasons = [opened.capabilities.why_not(each) for each in STRATEGIES if each not in able]
    for reason in dict.fromkeys(map(str, reasons)):
        st.info(reason, icon=":material/block:")
    pressed = st.button(_("Write all of them"), key="generation_search_start", icon=":material/play_arrow:")
    if st.session_state.pop(_ASKED, False) or pressed:
        write_together({each: _lane(opened, request, each) for each in able}, _KEY)
    written = {
        name: each
        for name, each in read_lanes(_KEY).items()
        if each.answer.model == opened.model and subject(each.answer.request) == subject(request)
    }
    if not written:
        return
    show_together(written)
    trees = {name: each.answer.transcript.tree for name, each in written.items()}
    found = {name: tree for name, tree in trees.items() if tree is not None}
    if found:
        _beams(opened.model, found)


def _lane(opened: OpenEngine, request: Request, strategy: Strategy) -> Lane:
    asked = request_of(values() | {"strategy": strategy}, opened.capabilities, is_remote=opened.is_remote)
    title = _(STRATEGIES[strategy])
    return Lane(title, opened, replace(asked, messages=request.messages))


def _beams(model_id: str, trees: Mapping[str, BeamTree]) -> None:
    """Draw one of the searches, each named by its strategy."""
    st.subheader(_("What the beam search looked at"))
    labels = {name: _(title) for name, title in STRATEGIES.items() if name in trees}
    chosen: str = st.segmented_control(
        _("Which search"),
        list(labels),
        default=next(iter(labels)),
        required=True,
        format_func=lambda name: labels[name],
        key="generation_beams_of",
        label_visibility="collapsed",
    )
    tree = trees[chosen]
    last = max(node.step for node in tree.nodes)
    start = 0
    if last >= STEPS_SHOWN:
        start = st.slider(_("From step"), 0, last - STEPS_SHOWN + 1, key="generation_beams_from")
    shown = range(start, min(start + STEPS_SHOWN, last + 1))
    tokens = [node.token for node in tree.nodes]
    names = [token_name(text) for text in Pieces(cached.tokenizer(model_id)).texts(tokens)]
    chart = figures.beams(tree, names, shown)
    charts.draw(chart, key=CHART, least_width_px=STEP_PX * len(shown))
    penalty = st.slider(
        _("Length penalty"),
        -2.0,
        3.0,
        1.0,
        0.1,
        key="generation_length_penalty",
        help=_("Sums of log-probabilities are divided by length to this power: above 0 it helps long texts."),
    )
    _ranking(model_id, tree, penalty)


def _ranking(model_id: str, tree: BeamTree, penalty: float) -> None:
    ranked = tree.ranked(length_penalty=penalty)[:MOST_RANKED]
    tokenizer = cached.tokenizer(model_id)
    tables.draw(
        {
            _("rank"): list(range(1, len(ranked) + 1)),
            _("text"): [tokenizer.decode(each.tokens, skip_special_tokens=True) for each in ranked],
            _("tokens"): [len(each.tokens) for each in ranked],
            _("log-probability, nats"): [each.score for each in ranked],
            _("after the penalty"): [each.ranked_by for each in ranked],
        },
        column_config={
            _("log-probability, nats"): st.column_config.NumberColumn(format="%.2f"),
            _("after the penalty"): st.column_config.NumberColumn(format="%.3f"),
        },
        alt=_("The finished texts of this search, best first"),
    )
    st.caption(
        _("Only the texts that this search finished are ranked again; a search with that penalty may find others.")
    )
