"""From what a driver raises to a reason in words, and whether it may pass by itself."""

from __future__ import annotations

import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from components.core.errors import Reason
from components.core.i18n import N_

LOCKED: Final = Reason(N_("another process keeps it locked"))
READ_ONLY: Final = Reason(N_("it is read-only"))
FULL: Final = Reason(N_("its disk is full or cannot be written to"))
GONE: Final = Reason(N_("its file is missing or cannot be opened"))
BROKEN: Final = Reason(N_("its file is damaged"))
UNREACHABLE: Final = Reason(N_("it does not answer"))
SLOW: Final = Reason(N_("it takes too long"))
NOT_READY: Final = Reason(N_("its tables are not those of this version"))
OLDER: Final = Reason(N_("its tables are those of an older version"))
NEWER: Final = Reason(N_("its tables are those of a newer version"))
FOREIGN: Final = Reason(N_("its tables belong to no known version"))
OF_TABLES: Final = (NOT_READY, OLDER, NEWER, FOREIGN)

_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_IOERR: FULL,
    sqlite3.SQLITE_CANTOPEN: GONE,
    sqlite3.SQLITE_PERM: GONE,
    sqlite3.SQLITE_CORRUPT: BROKEN,
    sqlite3.SQLITE_NOTADB: BROKEN,
}
_POSTGRESQL: Final = {
    "55P03": LOCKED,
    "40P01": LOCKED,
    "25006": READ_ONLY,
    "57014": SLOW,
    "42P01": NOT_READY,
    "42703": NOT_READY,
}
_POSTGRESQL_CLASSES: Final = {"08": UNREACHABLE, "53": FULL, "57": UNREACHABLE, "58": FULL, "28": UNREACHABLE}
_PLAIN: Final = 0xFF  # SQLite's extended codes hold the plain one in their low byte


def reason(error: SQLAlchemyError) -> Reason | None:
    """Return why the database cannot be used; None if it can, and only this one statement is wrong."""
    if isinstance(error, PoolTimeout):
        return SLOW
    if not isinstance(error, DBAPIError):
        return None
    return _sqlite(error.orig) if isinstance(error.orig, sqlite3.Error) else _postgresql(error)


def _sqlite(error: sqlite3.Error) -> Reason | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & _PLAIN == sqlite3.SQLITE_ERROR and "no such" in str(error):
        return NOT_READY
    return None if code is None else _SQLITE.get(code & _PLAIN)


def _postgresql(error: DBAPIError) -> Reason | None:
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # no server said anything: the connection broke, or never was
        return UNREACHABLE
    return _POSTGRESQL.get(state) or _POSTGRESQL_CLASSES.get(state[:2])
