"""What people have done in the lessons: one row a person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from components.core.roles import Visitor
from components.team.store.database import Store
from components.team.store.people import record_visit
from components.team.store.tables import Progress


def save(session: Session, who: Visitor, pages: Mapping[str, Any], at: datetime) -> None:
    """Store somebody's progress on these pages; what another tab stored of others stays. No page at all deletes it."""
    row = session.get(Progress, who.id)
    if not pages:
        if row is not None:
            session.delete(row)
        return
    record_visit(session, who, at)
    before = {} if row is None else {slug: page for slug, page in row.pages.items() if slug not in pages}
    session.merge(Progress(person_id=who.id, at=at, pages=before | dict(pages)))


def read(store: Store, person_id: str) -> Mapping[str, Any]:
    """Return somebody's progress, empty for none.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    with store.reading() as session:
        row = session.get(Progress, person_id)
        return {} if row is None else dict(row.pages)
