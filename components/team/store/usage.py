"""Who used how much of which model on which day: for the admin page and for oneself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import case, func, select

from components.team.store.database import Store
from components.team.store.tables import Person, Usage


@dataclass(frozen=True, kw_only=True)
class DayOfUse:
    """What one person had of one model on one day, UTC.

    Attributes
    ----------
    person_id
        None for those whose data was deleted.
    runs
        Those that go on are counted with what they may use at most.
    usd
        What is known of the cost.
    unpriced
        How many of the runs had a cost that nobody knows.
    """

    day: date
    person_id: str | None
    engine: str
    model: str
    runs: int
    tokens: int
    usd: float
    unpriced: int


def usage_by_day(store: Store, *, since: datetime, person_id: str | None = None) -> tuple[DayOfUse, ...]:
    """Return the usage of each person, model and day since a point in time, newest day first.

    Parameters
    ----------
    person_id
        Only this person's, if given.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    is_postgresql = store.engine.dialect.name == "postgresql"
    day = func.to_char(func.timezone("UTC", Usage.at), "YYYY-MM-DD") if is_postgresql else func.date(Usage.at)
    unpriced = func.sum(case((Usage.usd.is_(None), 1), else_=0))
    query = (
        select(
            day,
            Person.id,
            Usage.engine,
            Usage.model,
            func.count(),
            func.sum(Usage.tokens),
            func.sum(Usage.usd),
            unpriced,
        )
        .outerjoin(Person, Person.key == Usage.person)
        .where(Usage.at >= since)
        .group_by(day, Person.id, Usage.engine, Usage.model)
        .order_by(day.desc(), func.sum(Usage.tokens).desc())
    )
    if person_id is not None:
        query = query.where(Person.id == person_id)
    with store.reading() as session:
        rows = session.execute(query).all()
    return tuple(
        DayOfUse(
            day=date.fromisoformat(row[0]),
            person_id=row[1],
            engine=row[2],
            model=row[3],
            runs=row[4],
            tokens=int(row[5]),
            usd=float(row[6] or 0),
            unpriced=int(row[7]),
        )
        for row in rows
    )
