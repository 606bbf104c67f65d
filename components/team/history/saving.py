"""Answers of a team's members are stored in the background, when their run has ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal
from uuid import uuid4

import streamlit as st

from components.core.i18n import _
from components.core.settings import settings
from components.core.text import escape_markdown
from components.team.identity import Visitor, visitor

if TYPE_CHECKING:
    from components.engines.metering import Cost
    from components.generation.answer import Answer
    from components.generation.history import Save
    from components.team.history.runs import KeptRun
    from components.team.store.writer import Job

_MOMENT_S: Final = 0.5
"""How long a page looks whether it was saved, before it says that it was not."""


def history_owner() -> Visitor | None:
    """Return whose history this run's visitor writes; None if they have none that outlives the session."""
    if settings().profile != "team":
        return None
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
    from components.team.history.runs import save
    from components.team.store.writer import writer

    run = kept_run(answer, cost)
    return SavingJob(writer().put("a run for the history", owner.id, lambda session: save(session, owner, run)))


def kept_run(answer: Answer, cost: Cost) -> KeptRun:
    """Return an answer as it is stored."""
    from components.team.history.runs import KeptRun

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
        _("This is not in your history yet: the database does not take it{why}. It is tried again by itself.").format(
            why=escape_markdown(why)
        ),
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
