"""The history of a team's members: an answer is stored in the background when its run has ended.

It can be searched, paged through, taken up again and deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal
from uuid import uuid4

import streamlit as st

from components.core.i18n import _
from components.core.parameters import write_value
from components.core.roles import Visitor
from components.core.text import escape_markdown
from components.engines.metering import Cost
from components.generation.answer import Answer
from components.generation.history import Save
from components.generation.wording import FINISHES, STRATEGIES
from components.team.errors import StoreUnavailable
from components.team.identity import visitor
from components.team.store import opening, runs
from components.team.store.runs import PAGE_ROWS, KeptRun, Page
from components.team.store.writer import Job, writer
from components.ui import errors, tables
from components.ui.navigation import page_link

_MOMENT_S: Final = 0.5
"""How long a page looks whether it was saved, before it says that it was not."""

_EXCERPT_CHARS: Final = 120
_WORDS: Final = "team_history_words"
_NUMBER: Final = "team_history_page"
_TABLE: Final = "team_history"
_UNLINKED: Final = ("run",)  # a run that is taken up again is started by hand
_PLAYGROUND: Final = "generation"


def history_owner() -> Visitor | None:
    """Return whose history this run's visitor writes; None if they have none that outlives the session."""
    who = visitor()
    return who if who.may("member") else None


def answer_saver() -> Save:
    """Return what stores answers for this run's visitor; it stores none of theirs if they have no history."""
    owner = history_owner()
    return lambda answer, cost: None if owner is None else _save(answer, owner, cost)


@dataclass(frozen=True)
class SavingJob:
    """An answer that the writer has taken."""

    job: Job

    def draw(self) -> None:
        """Say so if the answer is not saved yet, or was lost."""
        self.job.wait(_MOMENT_S)
        _NOTES[self.job.state](self.job)


def _save(answer: Answer, owner: Visitor, cost: Cost) -> SavingJob | None:
    """Have an answer saved, however it ended; None if it has no token."""
    if not answer.tokens:
        return None
    run = kept_run(answer, cost)
    return SavingJob(writer().put("a run for the history", owner.id, lambda session: runs.save(session, owner, run)))


def kept_run(answer: Answer, cost: Cost) -> KeptRun:
    """Return an answer as it is stored."""
    run = answer.transcript
    read = run.input_tokens
    usd = cost(read or 0, run.new_tokens)
    return KeptRun(
        id=uuid4().hex,
        at=answer.asked_at,
        engine=answer.engine,
        model=answer.model,
        settings=answer.settings_used,
        messages=[{"role": message.role, "text": message.text} for message in answer.request.messages],
        prompt=answer.request.prompt,
        answer=answer.text,
        finish=run.finish or ("stopped" if answer.fault is None else "failed"),
        input_tokens=read,
        output_tokens=run.new_tokens,
        usd=None if usd and read is None else usd,
    )


def _say_waiting(job: Job) -> None:
    why = "" if job.reason is None else f" ({job.reason})"
    st.warning(
        _(
            "This is not in your history yet: the database does not accept it{why}. Saving is tried again "
            "automatically."
        ).format(why=escape_markdown(why)),
        icon=":material/cloud_sync:",
    )


def _say_lost(job: Job) -> None:
    why = "" if job.reason is None else f" ({job.reason})"
    st.warning(
        _("This could not be saved in your history{why}. Copy what you need before you leave the page.").format(
            why=escape_markdown(why)
        ),
        icon=":material/cloud_off:",
    )


_NOTES: Final[dict[Literal["waiting", "saved", "lost"], Callable[[Job], None]]] = {
    "waiting": _say_waiting,
    "saved": lambda job: None,
    "lost": _say_lost,
}


def draw_history() -> None:
    """Draw what this run's visitor has generated, over all their sessions."""
    search, turn = st.columns([3, 1], gap="medium", vertical_alignment="bottom")
    words = search.text_input(
        _("Search"),
        key=_WORDS,
        placeholder=_("A word from a prompt or an answer, or the name of a model"),
        on_change=_to_the_first_page,
    )
    try:
        found = runs.read_page(opening.store(), visitor().id, words=words, number=int(st.session_state.get(_NUMBER, 1)))
    except StoreUnavailable as error:
        errors.show(error)
        return
    pages = max(1, -(-found.total // PAGE_ROWS))
    if pages > 1:
        turn.number_input(_("Page, of {pages}").format(pages=pages), 1, pages, key=_NUMBER)
    if found.runs:
        _table(found)
    elif words:
        st.caption(_("None of your texts contains “{words}”.").format(words=escape_markdown(words)))
    else:
        st.caption(_("The texts that you generate are listed here and stay here for your next visit."))


def _to_the_first_page() -> None:
    st.session_state.pop(_NUMBER, None)


def _table(found: Page) -> None:
    st.caption(
        _("Texts: {count}. Choose rows to read them, open them in the playground or delete them.").format(
            count=found.total
        )
    )
    picked = tables.draw(
        _columns(found.runs),
        column_config={
            _("time"): st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm", timezone=st.context.timezone),
            _("text"): st.column_config.TextColumn(width="large"),
        },
        placeholder="–",
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


def _columns(found: tuple[KeptRun, ...]) -> dict[str, list[object]]:
    return {
        _("time"): [run.at for run in found],
        _("model"): [run.model for run in found],
        _("how"): [_how(run) for run in found],
        _("prompt"): [_asked(run)[:_EXCERPT_CHARS] for run in found],
        _("text"): [run.answer[:_EXCERPT_CHARS] for run in found],
        _("tokens"): [run.output_tokens for run in found],
        _("cost"): [_cost(run) for run in found],
        _("ended"): [_why(run) for run in found],
    }


def _one(run: KeptRun) -> None:
    """Show a run in full, and the way back to it."""
    with st.container(border=True):
        st.markdown(f":gray[{_lines(_asked(run))}]")
        st.markdown(_lines(run.answer))
        page_link(
            _PLAYGROUND,
            label=_("Open in the playground"),
            **{name: write_value(value) for name, value in run.settings.items() if name not in _UNLINKED},
        )


def _delete(ids: list[str]) -> None:

    try:
        runs.remove(opening.store(), visitor().id, ids)
    except StoreUnavailable as error:
        st.toast(f"{_('Nothing could be deleted.')} {error}", icon=":material/error:")
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
