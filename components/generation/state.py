"""The answers of this session: where they are kept, which one is shown, and what a button asked for next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import streamlit as st

from components.engines.contract import Message, Request, Token
from components.engines.offers import offer
from components.generation import link
from components.generation.answer import Answer, family, subject
from components.generation.branches import alternative, branch_off, go_on
from components.generation.engine_cache import OpenEngine, open_model
from components.generation.request_builder import request_of
from components.ui.session import redraw

MOST_ANSWERS: Final = 100
STEP: Final = "generation_step"
_ANSWERS: Final = "generation_answers"
_SHOWN: Final = "generation_shown"
_COMMAND: Final = "generation_command"
_OPEN: Final = "generation_open"

CONTROLS: Final = "generation_controls"
"""Name of the part of the page with the controls, the answer and the views."""
ANSWER: Final = "generation_answer"
"""Name of the part of `CONTROLS` with the answer and the views."""


@dataclass(frozen=True)
class Command:
    """What a button asked for; the page fulfils it in the run that follows.

    Attributes
    ----------
    before
        Of a branch: the answer it leaves, whatever is on the screen by then.
    at, alternative
        Of a branch: the position of the token to replace, and the id to take instead.
    """

    kind: Literal["new", "again", "continue", "branch"]
    before: Answer | None = None
    at: int = 0
    alternative: int = 0


def set_command(kind: Literal["new", "again", "continue"]) -> None:
    """Ask for an answer: the callback of the buttons beside the controls."""
    st.session_state[_COMMAND] = Command(kind)


def show_or_ask(opened: OpenEngine) -> None:
    """Show the newest answer to just these settings, or ask for one."""
    settings = values() | {"engine": opened.offer.name, "model": opened.model}
    written = [each for each in answers() if each.settings == settings and each.parent is None]
    if written and written[-1].transcript.finish is not None:
        show(written[-1])
    else:
        set_command("new")


def ask_anew() -> None:
    """Ask for a new answer: the callback of a button in a view."""
    set_command("new")
    redraw(CONTROLS)


def ask_for_branch(before: Answer, at: int, alternative: int) -> None:
    """Ask for an answer that leaves another one: the callback of a button in a view."""
    st.session_state[_COMMAND] = Command("branch", before, at, alternative)
    redraw(CONTROLS)


def note_open(opened: OpenEngine | None) -> None:
    """Remember which model the controls have opened, for the other parts of the page."""
    st.session_state[_OPEN] = None if opened is None else (opened.offer.name, opened.model)


def open_again() -> OpenEngine | None:
    """Return the model that the controls have opened; None if it could not be. Raises as `open_model`."""
    names: tuple[str, str] | None = st.session_state.get(_OPEN)
    return None if names is None else open_model(offer(names[0]), names[1])


def has_command() -> bool:
    """Return whether something was asked for."""
    return st.session_state.get(_COMMAND) is not None


def pop_command() -> Command | None:
    """Return what was asked for, once."""
    asked: Command | None = st.session_state.pop(_COMMAND, None)
    return asked


def answers() -> list[Answer]:
    """Return the answers of this session, oldest first."""
    kept: list[Answer] = st.session_state.setdefault(_ANSWERS, [])
    return kept


def siblings(shown: Answer) -> list[Answer]:
    """Return the answers that stand in one tree with the shown one."""
    return family(answers(), shown)


def show(answer: Answer | None) -> None:
    """Make an answer the one that is shown."""
    st.session_state[_SHOWN] = answer
    st.session_state.pop(STEP, None)


def keep(answer: Answer) -> None:
    """Take an answer into the session's list, and show it."""
    kept = answers()
    kept.append(answer)
    del kept[:-MOST_ANSWERS]
    show(answer)
    if answer.parent is not None:
        st.session_state[STEP] = answer.at  # the token that was chosen by hand stays in sight


def drop(answer: Answer) -> None:
    """Take an answer out of the session's list, and show none."""
    kept = answers()
    if answer in kept:
        kept.remove(answer)
    show(None)


def answer_on_screen(opened: OpenEngine, request: Request) -> Answer | None:
    """Return the answer to show: the last one to this prompt, or the last one of this conversation."""
    answer: Answer | None = st.session_state.get(_SHOWN)
    if answer is None or (answer.engine, answer.model) != (opened.offer.name, opened.model):
        return None
    if request.mode != answer.request.mode:
        return None
    return answer if request.mode == "chat" or subject(request) == subject(answer.request) else None


def values() -> dict[str, Any]:
    """Return what the page's settings say now, by the names of the link."""
    return {parameter.name: st.session_state[parameter.name] for parameter in link.OF_ANSWERS}


def current_request(opened: OpenEngine) -> Request:
    """Return what "Generate" would ask for; in a conversation, as its first turn."""
    return request_of(values(), opened.capabilities, is_remote=opened.is_remote)


def begin(asked: Command, opened: OpenEngine, before: Answer | None) -> Answer:
    """Return the answer to start.

    Parameters
    ----------
    before
        The answer that is shown now.
    """
    before = asked.before or before
    fresh = current_request(opened)
    parent: Answer | None = None
    at = 0
    known: tuple[Token, ...] = ()
    if before is None or asked.kind == "new":
        if before is not None and fresh.mode == "chat":
            # A turn that was not answered is not sent again: most models want turns that alternate.
            asked_before = before.request.messages if before.text else before.request.messages[:-1]
            answered = (Message("assistant", before.text),) if before.text else ()
            fresh = replace(fresh, messages=(*asked_before, *answered, *fresh.messages))
        request = fresh
    elif asked.kind == "again":
        request = replace(fresh, prompt=before.request.prompt, messages=before.request.messages)
    elif asked.kind == "continue":
        request = go_on(_as_now(before, fresh), before.tokens)
        parent, at, known = before.parent, before.at, tuple(before.tokens)
    else:
        request = branch_off(_as_now(before, fresh), before.tokens, at=asked.at, alternative=asked.alternative)
        parent, at = before, asked.at
        known = (*before.tokens[: asked.at], alternative(before.tokens[asked.at], asked.alternative))
    settings: Mapping[str, object] = values() | {"engine": opened.offer.name, "model": opened.model}
    return Answer(opened.offer.name, opened.model, request, settings, parent, at, known)


def replace_continued(old: Answer, new: Answer) -> None:
    """Let an answer that goes on with another one take its place in the tree."""
    kept = answers()
    if old in kept:
        kept.remove(old)
    for answer in kept:
        if answer.parent is old:
            answer.parent = new


def _as_now(before: Answer, fresh: Request) -> Request:
    """Return an old request with the settings as they stand now."""
    return replace(fresh, prompt=before.request.prompt, messages=before.request.messages)
