"""The answer as it is written: generate, stop, try again, go on, edit."""

from __future__ import annotations

import secrets
import time
from contextlib import closing
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.generation import link
from components.generation.answer import Answer
from components.generation.engines.contract import Request
from components.generation.errors import GenerationError
from components.generation.views.answers.view import (
    STEP,
    begin,
    keep,
    replace_continued,
    show,
    shown,
    take_wish,
    wish,
)
from components.generation.views.heat.view import choose_measure, heat
from components.generation.views.opened.view import Opened, checkpoint, session
from components.generation.views.thread.view import thread
from components.generation.wording import FINISHES, feature_name
from components.shell import errors, links
from components.shell.i18n import _
from components.shell.navigation import page_link

_REDRAW_S: Final = 0.05
_MOST_LINKED_CHARS: Final = 2_000
_SEED_BITS: Final = 16  # short enough to read out in class


def live(opened: Opened, request: Request, buttons: DeltaGenerator, *, may_run: bool) -> Answer | None:
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
    asked = take_wish()
    if asked is not None and may_run:
        before = shown(opened, request)
        continued = before if asked.kind == "continue" else None
        _write(opened, begin(asked, opened, before), continued, stop=stop, place=place)
    answer = shown(opened, request)
    with buttons:
        _buttons(opened, answer, may_run=may_run)
    with place.container():
        _show(answer)
    return answer


def _write(
    opened: Opened, answer: Answer, continued: Answer | None, *, stop: DeltaGenerator, place: DeltaGenerator
) -> None:
    """Run an answer while the visitor watches; any click, another page or a closed tab ends it."""
    try:
        stream = opened.engine.stream(answer.request, checkpoint, session=session())
    except GenerationError as error:
        answer.fault = error
        keep(answer)
        return
    keep(answer)
    if continued is not None:
        replace_continued(continued, answer)
    # a click on it starts the page anew, and that ends the run: it has nothing to do itself
    stop.button(_("Stop"), key="generation_stop", icon=":material/stop_circle:")
    drawn_s = 0.0
    try:
        with closing(stream):
            for event in stream:
                answer.add(event)
                if time.monotonic() - drawn_s > _REDRAW_S:
                    drawn_s = time.monotonic()
                    _sketch(answer, place)
    except GenerationError as error:
        answer.fault = error
    stop.empty()


def _sketch(answer: Answer, place: DeltaGenerator) -> None:
    """Draw an answer that is not complete."""
    if answer.transcript.position:
        place.info(
            _("You are number {position} in line for this model.").format(position=answer.transcript.position),
            icon=":material/hourglass_top:",
        )
        return
    lines = answer.text.split("\n")
    text = "  \n".join(errors.escape_markdown(line) for line in lines)
    before = errors.escape_markdown(answer.request.prompt)
    place.container(border=True).markdown(f":gray[{before}]{text} ▌" if before else f"{text} ▌")


def _buttons(opened: Opened, answer: Answer | None, *, may_run: bool) -> None:
    is_chat = answer is not None and answer.request.mode == "chat"
    st.button(
        _("Send") if is_chat else _("Generate"),
        type="primary",
        icon=":material/play_arrow:",
        key="generation_generate",
        disabled=not may_run,
        on_click=wish,
        args=("new",),
    )
    if answer is None:
        return
    st.button(
        _("Try again"),
        icon=":material/casino:",
        key="generation_again",
        help=_("With another seed.")
        if answer.request.draws
        else _("Nothing is drawn here: the same settings give the same text."),
        disabled=not may_run,
        on_click=_again,
    )
    stuck = _why_not_continue(opened, answer)
    st.button(
        _("Continue"),
        icon=":material/resume:",
        key="generation_continue",
        help=stuck or _("Goes on from the last token."),
        disabled=stuck is not None or not may_run,
        on_click=wish,
        args=("continue",),
    )
    if is_chat:
        st.button(
            _("New conversation"), icon=":material/restart_alt:", key="generation_fresh", on_click=show, args=(None,)
        )
    else:
        whole = answer.request.prompt + answer.text
        st.button(
            _("Edit"),
            icon=":material/edit:",
            key="generation_edit",
            help=_("Puts the whole text into the prompt, to be changed and gone on with."),
            disabled=len(whole) > link.PROMPT.most_chars,
            on_click=links.set_up,
            args=(link.PAGE, (link.PROMPT,), {"prompt": whole}),
        )


def _again() -> None:
    """Ask for another answer to the same prompt, with another seed."""
    links.set_up(link.PAGE, (link.SEED,), {"seed": str(secrets.randbits(_SEED_BITS))})
    wish("again")


def _why_not_continue(opened: Opened, answer: Answer) -> str | None:
    reason = opened.capabilities.why_not("prefix")
    if reason is not None:
        return str(reason)
    if answer.token_ids is None:
        return _("The engine did not tell all tokens of this text.")
    if answer.transcript.finish == "end":
        return _("The model ended its text here.")
    return None if answer.tokens else _("There is nothing to go on from.")


def _show(answer: Answer | None) -> None:
    if answer is None:
        return
    if answer.request.mode == "chat":
        thread(answer.request.messages)
    for change in answer.transcript.adjusted:
        st.info(f"{feature_name(change.feature)}: {change.reason}", icon=":material/tune:")
    if answer.tokens:
        before = "" if answer.request.mode == "chat" else answer.request.prompt
        heat(before, answer.tokens, chosen=st.session_state.get(STEP))
    if answer.fault is not None:
        errors.show(answer.fault)
    elif answer.tokens:
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.caption(_facts(answer), width="content")
            with st.container(horizontal=True, width="content", vertical_alignment="center"):
                _attention_link(answer)
                choose_measure()


def _attention_link(answer: Answer) -> None:
    """Carry prompt and answer to the attention viewer, if it can show this model."""
    text = answer.request.prompt + answer.text
    is_here = answer.engine == "transformers" and answer.request.mode == "complete"
    if is_here and len(text) <= _MOST_LINKED_CHARS:
        page_link("attention", label=_("Its attention"), model=answer.model, text=text)


def _facts(answer: Answer) -> str:
    run = answer.transcript
    parts = [_("{count} new tokens").format(count=run.new_tokens)]
    if run.usage is not None and run.usage.input_tokens is not None:
        parts.append(_("{count} read").format(count=run.usage.input_tokens))
    if run.seconds_to_first_token is not None:
        parts.append(_("the first after {seconds:.2f} s").format(seconds=run.seconds_to_first_token))
    if run.tokens_per_second is not None:
        parts.append(_("{speed:.0f} tokens/s").format(speed=run.tokens_per_second))
    if answer.perplexity is not None:
        parts.append(_("perplexity {value:.1f}").format(value=answer.perplexity))
    parts.append(_("ended: {why}").format(why=_(FINISHES[run.finish])) if run.finish else _("stopped by you"))
    return " · ".join(parts)
