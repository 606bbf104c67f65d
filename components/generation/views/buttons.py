"""What can be asked for next: generate, try again, go on, edit."""

from __future__ import annotations

import secrets
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.generation import link
from components.generation.answer import Answer
from components.generation.engine_cache import OpenEngine
from components.generation.state import set_command, show
from components.ui import links

_SEED_BITS: Final = 16  # short enough to read out in class


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
    stuck = _why_not_continue(opened, answer)
    st.button(
        _("Continue"),
        icon=":material/resume:",
        key="generation_continue",
        help=stuck or _("Goes on from the last token."),
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
            help=_("Puts the whole text into the prompt, to be changed and gone on with."),
            disabled=len(whole) > link.PROMPT.most_chars,
            on_click=links.set_up,
            args=(link.PAGE, (link.PROMPT,), {"prompt": whole}),
        )


def _again() -> None:
    """Ask for another answer to the same prompt, with another seed."""
    links.set_up(link.PAGE, (link.SEED,), {"seed": str(secrets.randbits(_SEED_BITS))})
    set_command("again")


def _why_not_continue(opened: OpenEngine, answer: Answer) -> str | None:
    reason = opened.capabilities.why_not("prefix")
    if reason is not None:
        return str(reason)
    if answer.token_ids is None:
        return _("The engine did not tell all tokens of this text.")
    if answer.transcript.finish == "end":
        return _("The model ended its text here.")
    return None if answer.tokens else _("There is nothing to go on from.")
