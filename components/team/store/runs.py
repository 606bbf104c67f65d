"""The prompts and answers of a person, as they are stored."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from components.core.roles import Visitor
from components.team.store.database import Store
from components.team.store.people import record_visit
from components.team.store.tables import Run, holdable

PAGE_ROWS: Final = 25


@dataclass(frozen=True, kw_only=True)
class KeptRun:
    """A prompt and its answer; the fields are those of `components.team.store.tables.Run`."""

    # No `LaneRecord` of components.generation.comparison: that has the measured numbers of a text and no prompt, time
    # or id; it is stored as JSON under its own names, and old rows of both have to stay readable.

    id: str
    at: datetime
    engine: str
    model: str
    settings: Mapping[str, Any]
    messages: Sequence[Mapping[str, Any]]
    prompt: str
    answer: str
    finish: str
    input_tokens: int | None
    output_tokens: int
    usd: float | None


@dataclass(frozen=True)
class Page:
    """Some of a person's runs, newest first, and how many there are."""

    runs: tuple[KeptRun, ...]
    total: int


def save(session: Session, who: Visitor, run: KeptRun) -> None:
    """Store a run; doing it twice stores it once."""
    record_visit(session, who, run.at)
    session.merge(Run(person_id=who.id, **asdict(run)))


def read_page(store: Store, person_id: str, *, words: str = "", number: int = 1, rows: int = PAGE_ROWS) -> Page:
    """Return one page of a person's runs, newest first.

    Parameters
    ----------
    words
        Only runs whose prompt, answer or model holds this text, whatever its case.
    number
        From 1.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    wanted = [Run.person_id == person_id]
    if words:
        sought = holdable(words)
        texts = (Run.prompt, Run.answer, Run.model)
        wanted.append(or_(*(text.icontains(sought, autoescape=True) for text in texts)))
    query = select(Run).where(*wanted).order_by(Run.at.desc(), Run.id).limit(rows).offset((number - 1) * rows)
    with store.reading() as session:
        total = session.scalars(select(func.count()).select_from(Run).where(*wanted)).one()
        found = session.scalars(query).all()
    return Page(tuple(_kept(row) for row in found), total)


def remove(store: Store, person_id: str, ids: Collection[str]) -> int:
    """Delete some of a person's runs, and return how many; those of others stay, whatever is asked for.

    Raises
    ------
    StoreUnavailable
        If the database does not answer; then nothing is deleted.
    """
    with store.writing() as session:
        gone = session.scalars(delete(Run).where(Run.person_id == person_id, Run.id.in_(ids)).returning(Run.id)).all()
    return len(gone)


def _kept(row: Run) -> KeptRun:
    return KeptRun(**{each.name: getattr(row, each.name) for each in fields(KeptRun)})
