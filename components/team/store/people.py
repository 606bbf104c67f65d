"""Who was here; and everything about one of them, to be taken home or deleted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from components.core.roles import Visitor
from components.team.clock import day_of
from components.team.store.database import Store
from components.team.store.tables import (
    AuditEntry,
    Comparison,
    Deployment,
    Person,
    Progress,
    Run,
    SharedLink,
    Table,
    Usage,
)


@dataclass(frozen=True, kw_only=True)
class Known:
    """Somebody who was here, and when last."""

    id: str
    email: str | None
    name: str
    role: str
    first_seen: datetime
    last_seen: datetime


def list_people(store: Store) -> tuple[Known, ...]:
    """Return everybody, who was here last first.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    with store.reading() as session:
        rows = session.scalars(select(Person).order_by(Person.last_seen.desc(), Person.id)).all()
    return tuple(
        Known(
            id=row.id,
            email=row.email,
            name=row.name,
            role=row.role,
            first_seen=row.first_seen,
            last_seen=row.last_seen,
        )
        for row in rows
    )


def record_visit(session: Session, who: Visitor, at: datetime) -> None:
    """Note that somebody is here; what is kept about them hangs on this row."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    as_now = {"email": who.email, "name": who.name, "role": who.role, "last_seen": at}
    values = as_now | {"id": who.id, "key": key_of(session, who.id), "first_seen": at}
    session.execute(insert(Person).values(values).on_conflict_do_update(index_elements=["id"], set_=as_now))


def key_of(session: Session, person_id: str) -> str:
    """Return what stands for somebody in the usage table.

    It is the same each time, and there is no way back to the id without the deployment's salt.
    """
    return hashlib.sha256(f"{_salt(session)}:{person_id}".encode("utf-8", "replace")).hexdigest()


def read_everything(store: Store, person_id: str) -> dict[str, Any]:
    """Return all that is stored about somebody as JSON types.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    with store.reading() as session:
        key = key_of(session, person_id)
        wanted: dict[str, Any] = {
            "person": select(Person).where(Person.id == person_id),
            "runs": select(Run).where(Run.person_id == person_id).order_by(Run.at),
            "comparisons": select(Comparison).where(Comparison.person_id == person_id).order_by(Comparison.at),
            "progress": select(Progress).where(Progress.person_id == person_id),
            "shared_links": select(SharedLink).where(SharedLink.person_id == person_id).order_by(SharedLink.at),
            "usage": select(Usage).where(Usage.person == key).order_by(Usage.at),
            "audit": select(AuditEntry).where(_in_the_log(session, person_id)).order_by(AuditEntry.at),
        }
        found = {name: [_plain(row) for row in session.scalars(query)] for name, query in wanted.items()}
    return found


def erase(store: Store, person_id: str, *, now: datetime) -> None:
    """Delete all that is stored about somebody.

    Runs, comparisons, progress and shared links go. What was used stays without a name, for the totals of the
    deployment: of days before today at once; of today it keeps the key until the day is over
    (`components.team.store.retention`), or deleting would be a way around the limits. The audit log keeps what was
    done, without who and without prompts.

    Raises
    ------
    StoreUnavailable
        If the database does not answer; then nothing is deleted.
    """
    with store.writing(patient=True) as session:
        key, logged = key_of(session, person_id), _in_the_log(session, person_id)
        for table in (Run, Comparison, Progress, SharedLink):
            session.execute(delete(table).where(table.person_id == person_id))
        session.execute(delete(Person).where(Person.id == person_id))
        session.execute(update(Usage).where(Usage.person == key, Usage.at < day_of(now)).values(person=None))
        session.execute(update(AuditEntry).where(logged).values(person_id=None, prompt=None))


def _in_the_log(session: Session, person_id: str) -> ColumnElement[bool]:
    """Return which audit lines are somebody's: also those from before they were let in, which hold their address."""
    email = session.scalars(select(Person.email).where(Person.id == person_id)).one_or_none()
    return AuditEntry.person_id.in_([person_id, *([] if email is None else [email])])


def _salt(session: Session) -> str:
    return session.scalars(select(Deployment.salt).where(Deployment.id == 1)).one()


def _plain(row: Table) -> dict[str, Any]:
    values = {column.name: getattr(row, column.name) for column in row.__table__.columns}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}
