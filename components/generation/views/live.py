"""The answer as it is written, and how a run ends before its end."""

from __future__ import annotations

from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.errors import VisitorError
from components.core.i18n import _
from components.core.text import escape_markdown
from components.engines.contract import Request
from components.engines.errors import NotSupported
from components.engines.runs import generate
from components.generation.answer import Answer
from components.generation.engine_cache import OpenEngine
from components.generation.state import begin, drop, keep, pop_command, replace_continued, set_command, shown_answer
from components.generation.streaming import name_events, stream_into
from components.generation.views.buttons import draw_buttons
from components.generation.views.finished import show_answer
from components.ui.session import checkpoint, session

_REDRAW_S: Final = 0.05
_ALONE: Final = "answer"


def live(opened: OpenEngine, request: Request, buttons: DeltaGenerator, *, may_run: bool) -> Answer | None:
    """Draw the buttons and the answer, running what was asked for. Returns the answer that is shown.

    Parameters
    ----------
    request
        What "Generate" would ask for.
    buttons
        Where the buttons go.
    may_run
        Whether a run may start: somebody who pays may have to agree first.
    """
    stop = buttons.empty()
    place = st.empty()
    in_one_piece = opened.capabilities.why_not("stream")
    if in_one_piece is not None:
        st.caption(str(in_one_piece))
    asked = pop_command()
    if asked is not None and may_run:
        before = shown_answer(opened, request)
        continued = before if asked.kind == "continue" else None
        written = begin(asked, opened, before)
        _write(opened, written, continued, stop=stop, place=place)
        if _continues_no_texts(written, opened):
            # The engine knows that now: the page draws itself as a chat, says so, and asks again.
            drop(written)
            set_command("new")
            st.rerun()
    answer = shown_answer(opened, request)
    with buttons:
        draw_buttons(opened, answer, may_run=may_run)
    if answer is not None:
        with place.container():
            show_answer(answer, opened.capabilities, apart=opened.answers_apart)
    return answer


def _continues_no_texts(answer: Answer, opened: OpenEngine) -> bool:
    """Whether the server has just refused to continue a text, and answers turns of a conversation."""
    able = opened.capabilities
    was_refused = isinstance(answer.fault, NotSupported) and answer.request.mode == "complete"
    return was_refused and not able.supports("completion") and able.supports("chat")


def _write(
    opened: OpenEngine, answer: Answer, continued: Answer | None, *, stop: DeltaGenerator, place: DeltaGenerator
) -> None:
    """Run an answer while the visitor watches; any click, another page or a closed tab ends it."""
    try:
        stream = generate(opened.metered, answer.request, checkpoint, session=session())
    except VisitorError as error:
        answer.fail(error)
        keep(answer)
        return
    keep(answer)
    if continued is not None:
        replace_continued(continued, answer)
    # a click on it starts the page anew, and that ends the run: it has nothing to do itself
    stop.button(_("Stop"), key="generation_stop", icon=":material/stop_circle:")
    stream_into(
        {_ALONE: answer},
        name_events(_ALONE, stream),
        lambda: _sketch(answer, place),
        costs={_ALONE: opened.cost},
        every_s=_REDRAW_S,
    )
    stop.empty()


def _sketch(answer: Answer, place: DeltaGenerator) -> None:
    """Draw an answer that is not complete."""
    if answer.transcript.position:
        place.info(
            _("You are number {position} in line for this model.").format(position=answer.transcript.position),
            icon=":material/hourglass_top:",
        )
        return
    if answer.transcript.thoughts and not answer.text:
        count = answer.transcript.thinking_tokens
        place.info(_("The model is thinking: {count} tokens so far.").format(count=count), icon=":material/psychology:")
        return
    lines = answer.text.split("\n")
    text = "  \n".join(escape_markdown(line) for line in lines)
    before = escape_markdown(answer.request.prompt)
    place.container(border=True).markdown(f":gray[{before}]{text} ▌" if before else f"{text} ▌")
