"""Short addresses that open a view with its text: `/?s=…`.

Everybody who signs in can open one; the person who made it can take it back.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select

from components.core.roles import Visitor
from components.team.errors import NoSuchLink
from components.team.store.database import Store
from components.team.store.people import record_visit
from components.team.store.tables import SharedLink

_SLUG_BYTES: Final = 12  # 96 bits: nobody finds one by guessing
_SLUG: Final = re.compile(r"[A-Za-z0-9_-]{16}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Shared:
    """A view behind a short address.

    Attributes
    ----------
    page
        The page's slug.
    params
        The parameters of the link, as they are written in an address.
    """

    slug: str
    at: datetime
    expires: datetime
    page: str
    params: Mapping[str, str]


def share(store: Store, who: Visitor, *, page: str, params: Mapping[str, str], at: datetime, days: int) -> Shared:
    """Make a short address; for the same view it is the one that the person has already, open for longer.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    expires = at + timedelta(days=days)
    with store.writing() as session:
        record_visit(session, who, at)
        mine = select(SharedLink).where(SharedLink.person_id == who.id, SharedLink.page == page)
        row = next((each for each in session.scalars(mine) if each.params == dict(params)), None)
        if row is None:
            row = SharedLink(
                slug=secrets.token_urlsafe(_SLUG_BYTES), person_id=who.id, at=at, page=page, params=dict(params)
            )
            session.add(row)
        row.expires = expires
        session.flush()
        return _shared(row)


def read_shared_link(store: Store, slug: str, *, now: datetime) -> Shared:
    """Return what is behind a short address.

    Raises
    ------
    NoSuchLink
        If it is none, has expired or was taken back.
    StoreUnavailable
        If the database does not answer.
    """
    if not _SLUG.fullmatch(slug):
        raise NoSuchLink
    with store.reading() as session:
        row = session.get(SharedLink, slug)
    if row is None or row.expires <= now:
        raise NoSuchLink
    return _shared(row)


def list_shared_links(store: Store, person_id: str) -> tuple[Shared, ...]:
    """Return a person's short addresses, newest first.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    query = select(SharedLink).where(SharedLink.person_id == person_id).order_by(SharedLink.at.desc(), SharedLink.slug)
    with store.reading() as session:
        return tuple(_shared(row) for row in session.scalars(query))


def revoke(store: Store, person_id: str, slug: str) -> None:
    """Take one of a person's short addresses back.

    Raises
    ------
    StoreUnavailable
        If the database does not answer; then it still works.
    """
    with store.writing() as session:
        session.execute(delete(SharedLink).where(SharedLink.person_id == person_id, SharedLink.slug == slug))


def _shared(row: SharedLink) -> Shared:
    return Shared(slug=row.slug, at=row.at, expires=row.expires, page=row.page, params=row.params)
