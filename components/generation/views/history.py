"""The answers of this session: the tree of those to one prompt, and the list of all, with links and a download."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown
from components.engines.capabilities import Capabilities
from components.generation import figures
from components.generation.answer import Answer, closest_call, tree_of
from components.generation.branches import Branch
from components.generation.engine_cache import OpenEngine
from components.generation.export import document, link_values
from components.generation.history import history
from components.generation.state import (
    ANSWER,
    CONTROLS,
    answers,
    ask_anew,
    ask_for_branch,
    show,
    siblings,
)
from components.generation.views.run import what_can_follow
from components.generation.wording import FINISHES, STRATEGIES, token_name
from components.ui import charts, links, tables
from components.ui.session import redraw

_PICKED: Final = "generation_shown_branch"
CHART: Final = "generation_branches"
_BRANCH_CHARACTERS: Final = 90


_TABLE: Final = "generation_history"
_EXCERPT_CHARACTERS: Final = 120


def draw_branches(opened: OpenEngine, answer: Answer | None, *, may_run: bool) -> None:
    """Draw the view: the answers to one prompt as a tree, and which of them to show."""
    if answer is None or not answer.tokens:
        st.caption(_("Generate first. Then take another token in “Step by step”: both texts stay here, as a tree."))
        _offer_to_generate(may_run=may_run)
        return
    if opened.capabilities.supports("prefix"):
        _offer_to_branch(answer, may_run=may_run)
    related = siblings(answer)
    if answer not in related:
        related = [answer]
    tree = tree_of(related)
    shown = related.index(answer)
    st.caption(_("Each line is one answer. It leaves another one at the step at which another token was taken."))
    charts.draw(figures.branches(tree, shown), key=CHART)
    st.session_state[_PICKED] = shown
    st.radio(
        _("Answer to show"),
        list(range(len(related))),
        format_func=lambda row: f"**{row}** · {_about(tree.branches[row])}",
        key=_PICKED,
        on_change=_show_picked,
        args=(opened.capabilities, related, answer),
    )


def _offer_to_branch(answer: Answer, *, may_run: bool) -> None:
    """Offer the token that came nearest to being taken in place of another one; nothing where none is known."""
    found = closest_call(answer)
    if found is None or found[1].id is None:
        return
    at, other = found
    taken, instead = (escape_markdown(token_name(text)) for text in (answer.tokens[at].text, other.text))
    st.button(
        _("Step {step}: take “{other}” instead of “{taken}”").format(step=at, other=instead, taken=taken),
        key="generation_branch_closest",
        icon=":material/call_split:",
        help=_("The likeliest token of this text that was not chosen. The text after it is written again."),
        disabled=not may_run,
        on_click=ask_for_branch,
        args=(answer, at, other.id),
    )


def _show_picked(capabilities: Capabilities, related: Sequence[Answer], before: Answer) -> None:
    """Show another answer; the buttons beside the controls too, if they would be others for it."""
    answer = related[st.session_state[_PICKED]]
    show(answer)
    same_buttons = what_can_follow(capabilities, answer) == what_can_follow(capabilities, before)
    redraw(ANSWER if same_buttons else CONTROLS)


def _offer_to_generate(*, may_run: bool) -> None:
    st.button(
        _("Generate"),
        key="generation_first",
        icon=":material/play_arrow:",
        disabled=not may_run,
        on_click=ask_anew,
    )


def _about(branch: Branch) -> str:
    """Say where an answer left another, and how it goes on."""
    start = branch.at if branch.parent is not None else 0
    text = "".join(token.text for token in branch.tokens[start:])
    excerpt = escape_markdown(text[:_BRANCH_CHARACTERS]) + ("…" if len(text) > _BRANCH_CHARACTERS else "")
    if branch.parent is None:
        return excerpt
    return (
        _("leaves {parent} at step {step} with “{token}”:").format(
            parent=branch.parent,
            step=branch.at,
            token=escape_markdown(token_name(branch.tokens[branch.at].text)),
        )
        + f" {excerpt}"
    )


def draw_history(*, may_run: bool) -> None:
    """Draw the view: all answers of the session."""
    if history().is_kept():
        history().draw()
        return
    kept = answers()
    if not kept:
        st.caption(_("What you generate is listed here. It is gone when you close this tab of the browser."))
        _offer_to_generate(may_run=may_run)
        return
    newest_first = kept[::-1]
    with_text = st.checkbox(
        _("Include my text"),
        key="generation_with_text",
        help=_("Without it, links and the download hold settings and measures only."),
    )
    picked = tables.draw(
        _table(newest_first),
        column_config={
            _("time"): st.column_config.DatetimeColumn(format="HH:mm:ss"),
            _("text"): st.column_config.TextColumn(width="large"),
        },
        key=_TABLE,
        on_select="rerun",
        selection_mode="single-row",
        alt=_("The texts of this session, newest first"),
    )
    chosen = [row for row in picked.selection.rows if row < len(newest_first)]
    if chosen:
        answer = newest_first[chosen[0]]
        st.caption(_("Link that reopens these settings"))
        st.code(links.address(link_values(answer, with_text=with_text)), language=None, wrap_lines=True)
    else:
        st.caption(_("Choose a row to get its link."))
    rows = tuple(kept)
    st.download_button(
        _("Download all (JSON)"),
        lambda: document(rows, with_text=with_text),
        "history.json",
        "application/json",
        key="generation_download",
        on_click="ignore",
        icon=":material/download:",
    )


def _table(kept: list[Answer]) -> dict[str, list[object]]:
    return {
        _("time"): [answer.asked_at for answer in kept],
        _("model"): [answer.model for answer in kept],
        _("how"): [_(STRATEGIES[answer.request.strategy]) for answer in kept],
        _("seed"): ["" if answer.request.seed is None else str(answer.request.seed) for answer in kept],
        _("text"): [answer.text[:_EXCERPT_CHARACTERS] for answer in kept],
        _("tokens"): [len(answer.tokens) for answer in kept],
        _("ended"): [_why(answer) for answer in kept],
    }


def _why(answer: Answer) -> str:
    return _(FINISHES[answer.transcript.finish]) if answer.transcript.finish else _("stopped")
