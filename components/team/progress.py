"""The progress of a team's people in the lessons: read at the first page of a session, written in the background."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from components.core.roles import Visitor
from components.team import clock
from components.team.errors import StoreUnavailable
from components.team.identity import admission
from components.team.store import opening
from components.team.store import progress as stored
from components.team.store.writer import writer

log = logging.getLogger(__name__)


def load() -> str | None:
    """Return the progress of this run's visitor; None while it is not known who that is, or the database is away."""
    who = admission()
    if not isinstance(who, Visitor):
        return None
    try:
        pages = stored.read(opening.store(), who.id)
    except StoreUnavailable as error:
        log.warning("no progress read: %s", error)
        return None
    return json.dumps(pages) if pages else ""


def save(written: str) -> None:
    """Have it stored. "" deletes it."""
    who, at = admission(), clock.now()
    if not isinstance(who, Visitor):  # a part of a page may outlive the sign-in
        return
    pages = json.loads(written) if written else {}
    writer().put("progress in the lessons", who.id, partial(_store, who, pages, at))


def _store(who: Visitor, pages: Mapping[str, Any], at: datetime, session: Session) -> None:
    stored.save(session, who, pages, at)
