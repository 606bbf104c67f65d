"""The database of a team: one a process, opened when it is first needed.

A page never waits long for it: transactions have short limits, and after one that failed the next ones fail at once
for a few seconds. The writer in the background is patient instead (`components.team.store.writer`).
"""

from __future__ import annotations

import os
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Timer
from typing import Any, Final
from urllib.parse import quote, urlsplit

from psycopg import DatabaseError
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, text
from sqlalchemy.exc import InvalidatePoolError, SQLAlchemyError
from sqlalchemy.orm import Session

from components.core.settings import Settings, SettingsError, database_problem
from components.team.errors import StoreUnavailable
from components.team.store import faults

FILE_NAME: Final = "team.sqlite3"
_DRIVER: Final = "postgresql+psycopg"

PATIENT_MS: Final = 10_000
HASTY_MS: Final = 1_000
CONNECT_S: Final = 2
GRACE_MS: Final = 1_000
"""How much longer than its limit a transaction of PostgreSQL may take before its connection is cut."""

REST_S: Final = 5.0
"""How long pages leave a database alone that just failed."""

_WRITES: Final = "writes"


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a database is.

    Attributes
    ----------
    url
        Of a server, for SQLAlchemy, password and all: no message, log or `repr` holds it.
    shown
        How messages call it.
    file
        Of a SQLite database.
    """

    shown: str
    url: str | None = field(default=None, repr=False)
    file: Path | None = None


def sqlite(file: Path) -> Address:
    """Return the address of a SQLite database."""
    return Address(shown=str(file), file=file.absolute())


def postgresql(url: str) -> Address:
    """Return the address of a PostgreSQL database.

    Raises
    ------
    SettingsError
        If it is none; the message does not quote it.
    """
    problem = database_problem(url)
    if problem:
        raise SettingsError(f"the address of the database is not allowed: {problem}.")
    parts = urlsplit(url)
    shown = f"PostgreSQL database {parts.path.strip('/')!r} on {parts.hostname or 'this machine'}"
    return Address(url=parts._replace(scheme=_DRIVER).geturl(), shown=shown)


def address(settings: Settings) -> Address:
    """Return where this deployment's database is.

    Raises
    ------
    SettingsError
        If it is set twice, or the file that holds the address cannot be read or holds none.
    """
    if settings.database is not None and settings.database_file is not None:
        raise SettingsError("database and database_file are both set; set one of them.")
    if settings.database is not None:
        return postgresql(settings.database.get_secret_value())
    if settings.database_file is None:
        return sqlite(settings.data_folder / FILE_NAME)
    try:
        written = settings.database_file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"database_file = {str(settings.database_file)!r} cannot be read: {_why(error)}.") from None
    return postgresql(written)


def _why(error: OSError | UnicodeDecodeError) -> str:
    return "it is no text in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error.strerror)


class Store:
    """A database and its sessions.

    Parameters
    ----------
    place
        Where it is.
    prepare
        Brings the tables up to date; called before the first session, again if it failed.
    clock_s
        Seconds, for the rest after a failure.
    """

    def __init__(
        self,
        place: Address,
        *,
        prepare: Callable[[Store], None] = lambda store: None,
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self.place = place
        self.engine = _engine(place)
        self._prepare = prepare
        self._preparing = Lock()
        self._is_ready = False
        self._clock_s = clock_s
        self._failed: tuple[float, StoreUnavailable] | None = None

    @contextmanager
    def reading(self, *, patient: bool = False) -> Iterator[Session]:
        """Give a session that only reads.

        Raises
        ------
        StoreUnavailable
            If the database does not answer in time.
        """
        with self._session(writes=False, patient=patient) as session:
            yield session

    @contextmanager
    def writing(self, *, patient: bool = False) -> Iterator[Session]:
        """Give a session whose changes are there, all or none, when the block ends.

        Raises
        ------
        StoreUnavailable
            If the database does not answer in time or refuses to write.
        """
        with self._session(writes=True, patient=patient) as session:
            yield session

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    @contextmanager
    def _session(self, *, writes: bool, patient: bool) -> Iterator[Session]:
        if not patient and self._failed is not None and self._clock_s() - self._failed[0] < REST_S:
            raise StoreUnavailable(**self._failed[1].values)
        with self._named_faults():
            self._be_ready()
            with self.engine.connect() as plain:
                connection = plain.execution_options(**{_WRITES: writes})
                wait_ms = PATIENT_MS if patient else HASTY_MS
                if self.place.file is not None:
                    _limit_sqlite(connection, wait_ms)
                with _cut_off(connection.connection.driver_connection, wait_ms), connection.begin():
                    if self.place.file is None:
                        _limit_postgresql(connection, wait_ms)
                    with Session(connection, expire_on_commit=False) as session:
                        yield session
                        session.flush()
        self._failed = None

    def _be_ready(self) -> None:
        if self._is_ready:
            return
        with self._preparing:
            if not self._is_ready:
                self._prepare(self)
                self._is_ready = True

    @contextmanager
    def _named_faults(self) -> Iterator[None]:
        try:
            yield
        except StoreUnavailable as error:
            self._failed = (self._clock_s(), error)
            raise
        except SQLAlchemyError as error:
            why = faults.reason(error)
            if why is None:
                raise
            unavailable = StoreUnavailable(reason=why)
            self._failed = (self._clock_s(), unavailable)
            raise unavailable from None  # the driver's own message may hold the address


def _limit_sqlite(connection: Connection, wait_ms: int) -> None:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError(f"{driver!r} is no connection of SQLite")
    driver.execute(f"PRAGMA busy_timeout = {wait_ms:d}")


def _limit_postgresql(connection: Connection, wait_ms: int) -> None:
    connection.execute(text(f"SET LOCAL statement_timeout = {wait_ms:d}"))
    connection.execute(text(f"SET LOCAL lock_timeout = {wait_ms:d}"))


@contextmanager
def _cut_off(driver: Any, wait_ms: int) -> Iterator[None]:  # noqa: ANN401 (each driver has its own type)
    """Break a connection whose server has stopped saying anything: limits that it was given do not count then."""
    if isinstance(driver, sqlite3.Connection):
        yield
        return
    watch = Timer((wait_ms + GRACE_MS) / 1000, _shut, (driver,))
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def _shut(driver: Any) -> None:  # noqa: ANN401
    with suppress(OSError, DatabaseError), socket.socket(fileno=os.dup(driver.fileno())) as same:
        same.shutdown(socket.SHUT_RDWR)


def _engine(place: Address) -> Engine:
    return _sqlite(str(place.file)) if place.url is None else _postgresql(place.url)


def _postgresql(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_timeout=CONNECT_S,
        hide_parameters=True,  # prompts stay out of messages and logs
        connect_args={
            "connect_timeout": CONNECT_S,
            "tcp_user_timeout": PATIENT_MS,
            "application_name": "transformer-dashboard",
            "options": "-c timezone=UTC",
        },
    )

    # SQLAlchemy's own ping waits as long as the server likes
    @event.listens_for(engine, "checkout")
    def _require_alive(driver: Any, _record: object, _proxy: object) -> None:  # noqa: ANN401
        try:
            with _cut_off(driver, 0):
                driver.autocommit = True
                driver.execute("SELECT 1")
                driver.autocommit = False
        except DatabaseError as error:  # it was restarted: every connection to it is dead
            raise InvalidatePoolError from error

    return engine


def _sqlite(file: str) -> Engine:
    """Return an engine that never makes the file: one that is missing is a fault, not an empty database."""

    def connect() -> sqlite3.Connection:
        # autocommit: the events below begin transactions themselves, with the lock that each needs
        return sqlite3.connect(
            f"file:{quote(file)}?mode=rw", uri=True, isolation_level=None, check_same_thread=False, timeout=0
        )

    # no pool: an open connection would go on writing into a file that is no longer there
    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _set_up(driver: Any, _record: object) -> None:  # noqa: ANN401 (SQLAlchemy's own type)
        driver.execute(f"PRAGMA busy_timeout = {HASTY_MS:d}")
        driver.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # a writer takes the lock at once: two that read first and write then would block each other
        writes = connection.get_execution_options().get(_WRITES, True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
