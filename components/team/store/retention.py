"""What is too old is deleted: `python -m components.team.store.retention`, and by every server once an hour."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from components.core.settings import SettingsError, settings
from components.team import clock
from components.team.errors import StoreUnavailable
from components.team.store.opening import store
from components.team.store.tables import AuditEntry, Comparison, Person, Progress, Run, SharedLink, Usage


def purge(session: Session, *, now: datetime, keep_days: int | None) -> Mapping[str, int]:
    """Delete what is older than so many days, and shared links that have expired.

    Usage of somebody whose data was deleted loses its key once its day is over. Returns how many rows each table lost.

    Parameters
    ----------
    keep_days
        None keeps everything.
    """
    gone = {"shared_link": _count(session, delete(SharedLink).where(SharedLink.expires <= now))}
    known = select(Person.key)
    session.execute(
        update(Usage)
        .where(Usage.at < clock.day_of(now), Usage.person.is_not(None), Usage.person.not_in(known))
        .values(person=None)
    )
    if keep_days is not None:
        oldest = now - timedelta(days=keep_days)
        for table in (Run, Comparison, Progress, AuditEntry):
            gone[table.__tablename__] = _count(session, delete(table).where(table.at < oldest))
        # today's usage counts against the limits, however short the rest is kept
        used_before = min(oldest, clock.day_of(now))
        gone["usage"] = _count(session, delete(Usage).where(Usage.at < used_before))
    return gone


def _count(session: Session, statement: object) -> int:
    return int(session.execute(statement).rowcount)  # type: ignore[call-overload]


def main() -> int:
    """Purge once, and say what went."""
    try:
        with store().writing(patient=True) as session:
            gone = purge(session, now=clock.now(), keep_days=settings().keep_days)
    except (SettingsError, StoreUnavailable) as error:
        print(error, file=sys.stderr)
        return 1
    print(", ".join(f"{table}: {rows}" for table, rows in gone.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
