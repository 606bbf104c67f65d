"""The audit log: who came in and did what with which model, when. Without prompts, unless the deployment wants them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from components.core.roles import Visitor
from components.core.settings import settings
from components.team import clock
from components.team.store.database import Store
from components.team.store.people import key_of
from components.team.store.tables import AuditEntry
from components.team.store.writer import Job, writer

Action = Literal[
    "signed in",
    "sign-in refused",
    "signed out",
    "run",
    "run refused",
    "data exported",
    "data deleted",
    "link shared",
    "link revoked",
    "model unloaded",
    "run ended",
]
MOST_ENTRIES: Final = 500


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of the log.

    Attributes
    ----------
    person_id
        None if that person's data was deleted; the address of somebody who was refused, who is no person here.
    prompt
        None where the deployment does not keep prompts here.
    """

    at: datetime
    person_id: str | None
    action: str
    model: str | None
    tokens: int | None
    prompt: str | None


def record(
    action: Action,
    who: Visitor | str | None,
    *,
    model: str | None = None,
    tokens: int | None = None,
    prompt: str | None = None,
    once: str | None = None,
) -> Job:
    """Write a line in the background.

    Parameters
    ----------
    who
        A person, or what stands for one in `Entry.person_id`.
    prompt
        Dropped here unless `audit_prompts` is set.
    once
        See `line`.
    """
    person = who.id if isinstance(who, Visitor) else who
    kept = prompt if settings().audit_prompts else None
    write = line(action, person, model=model, tokens=tokens, prompt=kept, once=once)
    return writer().put(f"audit: {action}", person or "", write)


def line(
    action: Action,
    person_id: str | None,
    *,
    model: str | None = None,
    tokens: int | None = None,
    prompt: str | None = None,
    once: str | None = None,
) -> Callable[[Session], None]:
    """Return a job that writes a line as of now; doing it twice writes one.

    Parameters
    ----------
    once
        What the line is about, if there is to be only one line about it, written by the first job.
    """
    at, made = clock.now(), uuid4().hex

    def write(session: Session) -> None:
        key = made if once is None else key_of(session, once)[: len(made)]
        if session.get(AuditEntry, key) is None:
            session.add(
                AuditEntry(id=key, at=at, person_id=person_id, action=action, model=model, tokens=tokens, prompt=prompt)
            )

    return write


def entries(store: Store, *, most: int = MOST_ENTRIES, before: datetime | None = None) -> tuple[Entry, ...]:
    """Return the newest lines, newest first.

    Parameters
    ----------
    before
        Only older ones: the time of the last line of the page before.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    query = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id).limit(most)
    if before is not None:
        query = query.where(AuditEntry.at < before)
    with store.reading() as session:
        rows = session.scalars(query).all()
    return tuple(
        Entry(
            at=row.at,
            person_id=row.person_id,
            action=row.action,
            model=row.model,
            tokens=row.tokens,
            prompt=row.prompt,
        )
        for row in rows
    )
