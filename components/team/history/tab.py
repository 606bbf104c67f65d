"""The stored history of a person: search it, page through it, take a run up again, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from components.core.i18n import _
from components.core.parameters import written
from components.core.text import escape_markdown
from components.generation.wording import FINISHES, STRATEGIES
from components.team.errors import StoreUnavailable
from components.team.identity import visitor
from components.ui import errors
from components.ui.navigation import page_link

if TYPE_CHECKING:
    from components.team.history.runs import KeptRun, Page

_EXCERPT_CHARS: Final = 120
_WORDS: Final = "team_history_words"
_NUMBER: Final = "team_history_page"
_TABLE: Final = "team_history"
_UNLINKED: Final = ("run",)  # whoever takes a run up again starts it by hand
_PLAYGROUND: Final = "generation"


def stored_history() -> None:
    """Draw what this run's visitor has generated, over all their sessions."""
    from components.team.history.runs import PAGE_ROWS, page
    from components.team.store.opening import store

    search, turn = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    words = search.text_input(
        _("Search"),
        key=_WORDS,
        placeholder=_("A word of a prompt or an answer, or a model"),
        on_change=_to_the_first_page,
    )
    try:
        found = page(store(), visitor().id, words=words, number=int(st.session_state.get(_NUMBER, 1)))
    except StoreUnavailable as error:
        errors.show(error)
        return
    pages = max(1, -(-found.total // PAGE_ROWS))
    if pages > 1:
        turn.number_input(_("Page, of {pages}").format(pages=pages), 1, pages, key=_NUMBER)
    if found.runs:
        _table(found)
    elif words:
        st.caption(_("Nothing of yours holds “{words}”.").format(words=escape_markdown(words)))
    else:
        st.caption(_("What you generate is listed here, and is still here when you come back."))


def _to_the_first_page() -> None:
    st.session_state.pop(_NUMBER, None)


def _table(found: Page) -> None:
    st.caption(_("Texts: {count}. Choose rows to read, take up again or delete them.").format(count=found.total))
    picked = st.dataframe(
        _columns(found.runs),
        column_config={
            _("time"): st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=st.context.timezone),
            _("text"): st.column_config.TextColumn(width="large"),
        },
        hide_index=True,
        key=_TABLE,
        on_select="rerun",
        selection_mode="multi-row",
        alt=_("Your texts, newest first"),
    )
    chosen = [found.runs[row] for row in picked.selection.rows if row < len(found.runs)]
    if len(chosen) == 1:
        _one(chosen[0])
    if chosen:
        st.button(
            _("Delete the chosen ({count})").format(count=len(chosen)),
            key="team_history_delete",
            icon=":material/delete:",
            on_click=_delete,
            args=([run.id for run in chosen],),
        )


def _columns(runs: tuple[KeptRun, ...]) -> dict[str, list[object]]:
    return {
        _("time"): [run.at for run in runs],
        _("model"): [run.model for run in runs],
        _("how"): [_how(run) for run in runs],
        _("prompt"): [_asked(run)[:_EXCERPT_CHARS] for run in runs],
        _("text"): [run.answer[:_EXCERPT_CHARS] for run in runs],
        _("tokens"): [run.output_tokens for run in runs],
        _("cost"): [_cost(run) for run in runs],
        _("ended"): [_why(run) for run in runs],
    }


def _one(run: KeptRun) -> None:
    """Show a run in full, and the way back to it."""
    with st.container(border=True):
        st.markdown(f":gray[{_lines(_asked(run))}]")
        st.markdown(_lines(run.answer))
        page_link(
            _PLAYGROUND,
            label=_("Take it up again"),
            **{name: written(value) for name, value in run.settings.items() if name not in _UNLINKED},
        )


def _delete(ids: list[str]) -> None:
    from components.team.history.runs import remove
    from components.team.store.opening import store

    try:
        remove(store(), visitor().id, ids)
    except StoreUnavailable as error:
        st.toast(f"{_('Nothing was deleted.')} {error}", icon=":material/error:")
    else:
        _to_the_first_page()


def _how(run: KeptRun) -> str:
    return next((_(name) for strategy, name in STRATEGIES.items() if strategy == run.settings.get("strategy")), "–")


def _why(run: KeptRun) -> str:
    if run.finish == "failed":
        return _("it failed")
    return next((_(name) for finish, name in FINISHES.items() if finish == run.finish), _("stopped"))


def _cost(run: KeptRun) -> str:
    if run.usd is None:
        return _("not known")
    return f"US$ {run.usd:.6f}" if run.usd else _("nothing: it ran here")


def _asked(run: KeptRun) -> str:
    return str(run.messages[-1]["text"]) if run.messages else run.prompt


def _lines(text: str) -> str:
    return "  \n".join(escape_markdown(line) for line in text.split("\n"))
