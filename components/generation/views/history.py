"""Everything that was written in this session: show it again, link to it, take it home."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.core.i18n import _
from components.generation.answer import Answer
from components.generation.history import history
from components.generation.result import document, link_values
from components.generation.state import answers
from components.generation.wording import FINISHES, STRATEGIES
from components.ui import links

_TABLE: Final = "generation_history"
_EXCERPT_CHARACTERS: Final = 120


def history_tab() -> None:
    """Draw the tab."""
    if history().is_kept():
        history().draw()
        return
    kept = answers()
    if not kept:
        st.caption(_("What you generate is listed here. It is gone when you close this tab of the browser."))
        return
    newest_first = kept[::-1]
    with_text = st.checkbox(
        _("Include my text"),
        key="generation_with_text",
        help=_("Without it, links and the download hold settings and measures only."),
    )
    picked = st.dataframe(
        _table(newest_first),
        column_config={
            _("time"): st.column_config.DatetimeColumn(format="HH:mm:ss"),
            _("text"): st.column_config.TextColumn(width="large"),
        },
        hide_index=True,
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
