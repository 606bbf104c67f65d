"""Texts written side by side, kept under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import delete, select

from components.core.roles import Visitor
from components.team.store.database import Store
from components.team.store.people import record_visit
from components.team.store.tables import Comparison, holdable

MOST_NAME_CHARS: Final = 120
MOST_LISTED: Final = 200


@dataclass(frozen=True, kw_only=True)
class SavedComparison:
    """Some texts side by side.

    Attributes
    ----------
    prompt
        What they all go on from.
    lanes
        A text and its numbers each, as `components.generation.comparison.LaneRecord` writes them.
    """

    id: str
    at: datetime
    name: str
    prompt: str
    lanes: Sequence[Mapping[str, Any]]


def save(
    store: Store, who: Visitor, *, name: str, prompt: str, lanes: Sequence[Mapping[str, Any]], at: datetime
) -> str:
    """Keep a comparison, and return its id.

    Raises
    ------
    StoreUnavailable
        If the database does not answer; then it is not kept.
    """
    row_id = uuid4().hex
    with store.writing() as session:
        record_visit(session, who, at)
        session.add(
            Comparison(
                id=row_id,
                person_id=who.id,
                at=at,
                name=holdable(name)[:MOST_NAME_CHARS],
                prompt=prompt,
                lanes=[dict(lane) for lane in lanes],
            )
        )
    return row_id


def list_comparisons(store: Store, person_id: str) -> tuple[SavedComparison, ...]:
    """Return what a person kept, newest first.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    query = select(Comparison).where(Comparison.person_id == person_id).order_by(Comparison.at.desc(), Comparison.id)
    with store.reading() as session:
        rows = session.scalars(query.limit(MOST_LISTED)).all()
    return tuple(
        SavedComparison(id=row.id, at=row.at, name=row.name, prompt=row.prompt, lanes=row.lanes) for row in rows
    )


def remove(store: Store, person_id: str, comparison_id: str) -> None:
    """Delete one of a person's comparisons.

    Raises
    ------
    StoreUnavailable
        If the database does not answer; then it stays.
    """
    with store.writing() as session:
        session.execute(delete(Comparison).where(Comparison.person_id == person_id, Comparison.id == comparison_id))
