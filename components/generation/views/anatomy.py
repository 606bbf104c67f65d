"""One step of an answer: what each stage of the sampler chain made of the candidates, and what chance draws."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from threading import Condition
from typing import Final

import numpy as np
import streamlit as st
from cachetools import LRUCache
from cachetools import cached as remembered

from components.core.i18n import _
from components.engines.contract import Request
from components.engines.distribution import next_scores, through_the_chain
from components.engines.errors import GenerationError
from components.engines.samplers import Anatomy, FloatArray, TokenPath
from components.engines.transformers_engine import TransformersEngine, load_writer
from components.generation import figures
from components.generation.answer import Answer
from components.generation.draws import ChiSquare, chi_square, draw
from components.generation.engine_cache import OpenEngine
from components.generation.state import STEP, ask_for_branch
from components.generation.wording import STAGES, WHY_CUT, token_name
from components.models import cached
from components.models.tokenization import Pieces
from components.ui import charts, tables
from components.ui.navigation import page_link
from components.ui.session import fragment

CHART: Final = "generation_anatomy"
TOKENS_PX: Final = 115
STAGE_PX: Final = 98
"""What the tokens' names and a stage's heading need beside each other on a phone."""
TOP: Final = 9
_MOST_SCORES: Final = 64
_NOW: Final = "generation_settings_now"


DRAWS_CHART: Final = "generation_draws"
TIMES: Final = 500
_TOP_DRAWN: Final = 8
_UNLIKELY: Final = 0.05
_MOST_LINKED_TOKENS: Final = 256


@dataclass(frozen=True, eq=False)
class Step:
    """The step that is open.

    Attributes
    ----------
    ids, written
        What the model had read, and what it had written before this step.
    taken
        Id of the token that was taken; None for the step that comes next.
    """

    model: str
    ids: tuple[int, ...]
    written: tuple[int, ...]
    request: Request
    taken: int | None


@remembered(LRUCache[tuple[object, ...], FloatArray](_MOST_SCORES), condition=Condition())
def _scores(model_id: str, ids: tuple[int, ...], written: tuple[int, ...]) -> FloatArray:
    return next_scores(load_writer(model_id).model, ids, written)


def names(model_id: str, ids: list[int]) -> list[str]:
    """Return how tokens of a model read, whitespace drawn."""
    return [token_name(text) for text in Pieces(cached.tokenizer(model_id)).texts(ids)]


def draw_steps(opened: OpenEngine, request: Request, answer: Answer | None) -> None:
    """Draw the view: one step of the answer, or the one that comes next."""
    reason = opened.capabilities.why_not("full_distribution")
    if reason is not None or not isinstance(opened.engine, TransformersEngine):
        st.info(str(reason), icon=":material/block:")
        return
    try:
        ids = opened.engine.prompt_ids(request if answer is None else answer.request)
    except GenerationError as error:
        st.info(_(error.template).format(**error.values), icon=":material/info:")
        return
    positions = opened.capabilities.context_tokens
    written = () if answer is None else answer.token_ids or ()
    if positions is not None and len(ids) >= positions:
        st.info(
            _("The prompt has {tokens} tokens; this model can look at {most}. Shorten it to see what follows.").format(
                tokens=len(ids), most=positions
            ),
            icon=":material/content_cut:",
        )
        return
    most = len(written) if positions is None else min(len(written), positions - 1 - len(ids))
    place = _choose_step(most)
    if answer is None or place == len(written):
        _draw(Step(opened.model, ids, written, request, None), opened.title, answer, place)
    else:
        used = _request_to_show(answer.request, request)
        _draw(Step(opened.model, ids, written[:place], used, written[place]), opened.title, answer, place)


def _choose_step(most: int) -> int:
    """Draw the slider over the steps; the last one is the token that would come next."""
    chosen = st.session_state.get(STEP)
    st.session_state[STEP] = min(chosen, most) if isinstance(chosen, int) and chosen >= 0 else 0
    if most == 0:
        return 0
    place: int = st.slider(
        _("Step"),
        0,
        most,
        key=STEP,
        help=_("0 is the first token after the prompt. The last step is the one that would come next."),
    )
    return place


def _request_to_show(used: Request, now: Request) -> Request:
    """Return the settings to show a step with: those it was written with, or those that stand now."""
    if _settings(used) == _settings(now):
        return used
    label = _("With the settings as they are now, not as they were for this text")
    return now if st.toggle(label, key=_NOW) else used


def _settings(request: Request) -> Request:
    return replace(request, prompt="", messages=(), prefix=(), seed=None, max_new_tokens=None, mode="complete")


def _draw(step: Step, model_title: str, answer: Answer | None, place: int) -> None:
    if step.request.beams > 1:
        st.caption(
            _("A beam search compares whole sequences (see “Ways to search”); these are the model's own probabilities.")
        )
    anatomy, chain = _anatomy(step)
    paths = anatomy.top(TOP, including=() if step.taken is None else (step.taken,))
    shown = names(step.model, [path.id for path in paths])
    left, right = st.columns([3, 1], gap="medium")
    with left:
        settings = {name: getattr(chain, name, None) for name in STAGES}
        chart = figures.stages(
            anatomy, paths, shown, settings=settings, taken=step.taken, title=f"{_title(step, place)} · {model_title}"
        )
        charts.draw(chart, key=CHART, least_width_px=TOKENS_PX + STAGE_PX * len(anatomy.stages))
    with right:
        _facts(step, anatomy, answer, place)
        if answer is not None and step.taken is not None:
            _branch(answer, step, paths, shown, place)
        _link_inside(step)
    with st.container(key="draw_often"):
        draw_many_times(step)
    with st.expander(_("All numbers of this step")):
        _table(anatomy, paths, shown)


def _anatomy(step: Step) -> tuple[Anatomy, Request]:
    """Return what the sampler chain makes of a step, and the request whose chain that is."""
    chain = step.request
    if chain.beams > 1:
        chain = Request(strategy="sample", repetition_penalty=chain.repetition_penalty)
    asked = step.model, step.ids, step.written
    is_at_hand = _scores.cache_key(*asked) in _scores.cache  # a spinner is two messages to the browser
    with nullcontext() if is_at_hand else st.spinner(_("Computing the scores of every token")):
        scores = _scores(*asked)
    return through_the_chain(load_writer(step.model).model, scores, step.ids, step.written, chain), chain


def _title(step: Step, place: int) -> str:
    if step.taken is None:
        return _("What comes next?")
    return _("Step {place}: “{token}” was taken").format(place=place, token=names(step.model, [step.taken])[0])


def _facts(step: Step, anatomy: Anatomy, answer: Answer | None, place: int) -> None:
    left = int((anatomy.probability > 0).sum())
    everything = len(anatomy.cut_by)
    facts = [
        _("All **{all}** tokens can come next.").format(all=f"{everything:,}")
        if left == everything
        else _("**{left}** of {all} tokens can come next.").format(all=f"{everything:,}", left=f"{left:,}")
    ]
    token = None if step.taken is None or answer is None else answer.tokens[place]
    if token is not None and token.surprisal_bits is not None and token.entropy_bits is not None:
        facts.append(
            _("Surprise **{surprisal:.2f}** bits, expected (entropy) **{entropy:.2f}** bits.").format(
                surprisal=token.surprisal_bits, entropy=token.entropy_bits
            )
        )
    st.markdown("\n\n".join(facts))


def _branch(answer: Answer, step: Step, paths: tuple[TokenPath, ...], shown: list[str], place: int) -> None:
    """Offer to take another token here, and go on from it."""
    others = {path.id: name for path, name in zip(paths, shown, strict=True) if path.id != step.taken}
    alternative: int = st.selectbox(
        _("Take another token here"),
        list(others),
        format_func=lambda token: others[token],
        key="generation_alternative",
    )
    st.button(
        _("Branch"),
        icon=":material/call_split:",
        key="generation_branch",
        on_click=ask_for_branch,
        args=(answer, place, alternative),
    )


def _link_inside(step: Step) -> None:
    """Carry what the model had read to the page that shows where its next token comes from."""
    tokenizer, ids = cached.tokenizer(step.model), [*step.ids, *step.written]
    text = tokenizer.decode(ids, skip_special_tokens=True)
    # the template of a chat, and half of a character, are lost on the way through a text
    if len(ids) > _MOST_LINKED_TOKENS or tokenizer.encode(text).ids != ids:
        return
    taken = "" if step.taken is None else tokenizer.decode([step.taken])
    watch = {"watch": taken} if taken[:1] == " " and taken.strip() else {}
    page_link("inside", label=_("Follow this token"), model=step.model, text=text, **watch)


def _table(anatomy: Anatomy, paths: tuple[TokenPath, ...], shown: list[str]) -> None:
    columns: dict[str, list[object]] = {
        _("token"): list(shown),
        _("id"): [path.id for path in paths],
        _("score"): [path.logits[0] for path in paths],
    }
    for index, stage in enumerate(anatomy.stages):
        columns[_(STAGES[stage.name])] = [path.probabilities[index] for path in paths]
    columns[_("cut")] = [
        "" if path.cut_by is None else f"{_(STAGES[path.cut_by])}: {_(WHY_CUT[path.cut_by])}" for path in paths
    ]
    percent = {
        _(STAGES[stage.name]): st.column_config.NumberColumn(format="percent", step=0.0001) for stage in anatomy.stages
    }
    tables.draw(columns, column_config=percent, alt=_("Every number of the chart above"))


@fragment
def draw_many_times(step: Step) -> None:
    """Draw the button, and what came."""
    if not st.button(
        _("Draw {times} times").format(times=TIMES),
        icon=":material/casino:",
        key="generation_draw",
        help=_("Do the counts match the percentages?"),
    ):
        return
    anatomy, _chain = _anatomy(step)
    seed = st.session_state["generation_draw_seed"] = st.session_state.get("generation_draw_seed", -1) + 1
    drawn = draw(anatomy.probability, times=TIMES, seed=seed)
    ids = [
        int(token)
        for token in np.argsort(-anatomy.probability, kind="stable")[:_TOP_DRAWN]
        if anatomy.probability[token]
    ]
    chart = figures.counts(
        [int(drawn.counts[token]) for token in ids],
        [float(anatomy.probability[token]) * TIMES for token in ids],
        names(step.model, ids),
        times=TIMES,
    )
    charts.draw(chart, key=DRAWS_CHART)
    st.caption(_in_words(chi_square(drawn.counts, anatomy.probability)))


def _in_words(test: ChiSquare) -> str:
    if test.p_value is None:
        return _("There is only one token to draw: nothing can differ.")
    said = _("Chi-square {value:.1f} with {freedom} degrees of freedom, p = {p:.2f}.").format(
        value=test.statistic, freedom=test.degrees_of_freedom, p=test.p_value
    )
    if test.p_value < _UNLIKELY:
        return f"{said} " + _("Unusual: chance alone gives counts this far off at most once in 20 tries. Draw again.")
    return f"{said} " + _("Chance alone gives differences of this size.")
