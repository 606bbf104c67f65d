"""A run: the buttons that ask for it, what it may cost, the text as it is written, and how it ends before its end."""

from __future__ import annotations

import secrets
from typing import Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.core.errors import VisitorError
from components.core.i18n import _
from components.core.text import escape_markdown
from components.engines.capabilities import Capabilities
from components.engines.contract import Request
from components.engines.errors import GenerationError, NotSupported
from components.engines.runs import generate
from components.generation import link
from components.generation.answer import Answer
from components.generation.engine_cache import OpenEngine
from components.generation.history import name_events, stream_into
from components.generation.state import (
    answer_on_screen,
    begin,
    drop,
    keep,
    pop_command,
    replace_continued,
    set_command,
    show,
)
from components.generation.views.answer import show_answer
from components.ui import links
from components.ui.session import checkpoint, session

_REDRAW_S: Final = 0.05
_ALONE: Final = "answer"
TEXT: Final = "answer_text"
"""Key of the container of the answer; there is none, and no gap, before there is an answer."""


_SEED_BITS: Final = 16  # short enough to read out in class


def run_and_show(opened: OpenEngine, request: Request, *, may_run: bool) -> Answer | None:
    """Draw the answer, running what was asked for. Returns the answer that is shown.

    Parameters
    ----------
    request
        What "Generate" would ask for.
    may_run
        Whether a run may start: somebody who pays may have to agree first.
    """
    asked = pop_command()
    place: DeltaGenerator | None = None
    if asked is not None and may_run:
        place = st.container(key=TEXT).empty()
        before = answer_on_screen(opened, request)
        continued = before if asked.kind == "continue" else None
        written = begin(asked, opened, before)
        _write(opened, written, continued, place)
        if _continues_no_texts(written, opened):
            # The engine knows that now: the page draws itself as a chat, says so, and asks again.
            drop(written)
            set_command("new")
            st.rerun()
    answer = answer_on_screen(opened, request)
    if answer is not None:
        with st.container(key=TEXT) if place is None else place.container():
            show_answer(answer, opened.capabilities, apart=opened.answers_apart)
    in_one_piece = opened.capabilities.why_not("stream")
    if in_one_piece is not None:
        st.caption(str(in_one_piece))
    return answer


def _continues_no_texts(answer: Answer, opened: OpenEngine) -> bool:
    """Whether the server has just refused to continue a text, and answers turns of a conversation."""
    able = opened.capabilities
    was_refused = isinstance(answer.fault, NotSupported) and answer.request.mode == "complete"
    return was_refused and not able.supports("completion") and able.supports("chat")


def _write(opened: OpenEngine, answer: Answer, continued: Answer | None, place: DeltaGenerator) -> None:
    """Run an answer while the visitor watches.

    "Stop", another click in this part of the page or around it, another page or a closed tab ends it.
    """
    try:
        stream = generate(opened.metered, answer.request, checkpoint, session=session())
    except VisitorError as error:
        answer.fail(error)
        keep(answer)
        return
    keep(answer)
    if continued is not None:
        replace_continued(continued, answer)
    box = place.container()
    text = box.empty()
    # a click on it has this part drawn again, and that ends the run: it has nothing to do itself
    box.button(_("Stop"), key="generation_stop", icon=":material/stop_circle:")
    stream_into(
        {_ALONE: answer},
        name_events(_ALONE, stream),
        lambda: _sketch(answer, text),
        costs={_ALONE: opened.cost},
        every_s=_REDRAW_S,
    )


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
        place.info(
            _("The model is writing its reasoning: {count} tokens so far.").format(count=count),
            icon=":material/psychology:",
        )
        return
    lines = answer.text.split("\n")
    text = "  \n".join(escape_markdown(line) for line in lines)
    before = escape_markdown(answer.request.prompt)
    place.container(border=True).markdown(f":gray[{before}]{text} ▌" if before else f"{text} ▌")


def draw_buttons(opened: OpenEngine, answer: Answer | None, *, may_run: bool) -> None:
    """Draw the buttons for the answer on the screen; what they ask for happens in the run that follows."""
    is_chat = answer is not None and answer.request.mode == "chat"
    st.button(
        _("Send") if is_chat else _("Generate"),
        type="primary",
        icon=":material/play_arrow:",
        key="generation_generate",
        disabled=not may_run,
        on_click=set_command,
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
    stuck = _why_not_continue(opened.capabilities, answer)
    st.button(
        _("Continue"),
        icon=":material/resume:",
        key="generation_continue",
        help=stuck or _("Continues after the last token."),
        disabled=stuck is not None or not may_run,
        on_click=set_command,
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
            help=_("Puts the whole text into the prompt, so that you can change and continue it."),
            disabled=len(whole) > link.PROMPT.most_chars,
            on_click=links.set_up,
            args=(link.PAGE, (link.PROMPT,), {"prompt": whole}),
        )


def _again() -> None:
    """Ask for another answer to the same prompt, with another seed."""
    links.set_up(link.PAGE, (link.SEED,), {"seed": str(secrets.randbits(_SEED_BITS))})
    set_command("again")


def what_can_follow(capabilities: Capabilities, answer: Answer) -> tuple[object, ...]:
    """Return what of an answer the buttons depend on."""
    request = answer.request
    is_editable = len(request.prompt + answer.text) <= link.PROMPT.most_chars
    return request.mode, request.draws, _why_not_continue(capabilities, answer), is_editable


def _why_not_continue(capabilities: Capabilities, answer: Answer) -> str | None:
    reason = capabilities.why_not("prefix")
    if reason is not None:
        return str(reason)
    if answer.token_ids is None:
        return _("The engine did not report all tokens of this text.")
    if answer.transcript.finish == "end":
        return _("The model ended its text here.")
    return None if answer.tokens else _("There is nothing to continue.")


def confirm_cost(opened: OpenEngine, request: Request) -> bool:
    """Draw the cost and the box, and return whether it is ticked; of a model that costs nothing, True at once."""
    if not opened.offer.paid(opened.model):
        return True
    # Between two dollar signs in one line Markdown would set a formula.
    st.caption(_estimate(opened, request).replace("$", r"\$"))
    return st.checkbox(_("The operator of this dashboard pays for each run. Run it."), key="generation_pay")


def _estimate(opened: OpenEngine, request: Request) -> str:
    price = opened.offer.price(opened.model)
    if price is None:
        return _("What a token of this model costs is not known here.")
    try:
        read = opened.engine.count_tokens(request)
    except GenerationError:
        return _("US$ {input} for a million tokens read, US$ {output} written ([source]({url}), {day}).").format(
            input=price.input_usd, output=price.output_usd, url=price.source_url, day=price.seen.isoformat()
        )
    written = request.new_tokens + opened.capabilities.thinking_tokens
    most = price.of(input_tokens=read, output_tokens=written)
    return _("At most US$ {most:.6f}: {read} tokens read, up to {written} written ([source]({url}), {day}).").format(
        most=most, read=read, written=written, url=price.source_url, day=price.seen.isoformat()
    )
