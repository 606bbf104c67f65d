"""Bring the tables up to date: `python -m components.team.store.migrate [upgrade|downgrade|check]`.

A server that starts does it by itself. A lock lets only one process do it; the others wait and find it done.

    upgrade     to this version, or to a revision that is named
    downgrade   by one revision, or to one that is named; it says what would be lost and asks (--yes: it does not ask)
    check       say whether the tables are those of this version
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from components.core.errors import Reason
from components.core.settings import SettingsError, settings
from components.team.errors import StoreUnavailable
from components.team.store import faults, revisions
from components.team.store.address import address
from components.team.store.database import Store

_LOCK_S: Final = 60
_LOCK_NUMBER: Final = 0x7472616E73  # of PostgreSQL's advisory lock: any number that nothing else here uses


def upgrade(store: Store, revision: str = "head") -> None:
    """Bring the tables to a revision; where they are already, nothing is written.

    Raises
    ------
    StoreUnavailable
        If the database does not answer, or holds tables of a later version.
    """
    with _alone(store) as (config, connection):
        wrong = revisions.mismatch(connection)
        if wrong in (faults.NEWER, faults.FOREIGN):
            raise StoreUnavailable(reason=wrong)
        if revision != "head" or wrong is not None:
            command.upgrade(config, revision)


def downgrade(store: Store, revision: str = "-1") -> None:
    """Go back to a revision. What its tables cannot hold is lost: `losses` says what.

    Raises
    ------
    CommandError
        If there is no such revision below, or it is the one without tables.
    StoreUnavailable
        If the database does not answer.
    """
    with _alone(store) as (config, _connection):
        command.downgrade(config, revision)


def losses(store: Store, revision: str = "-1") -> list[str]:
    """Name what `downgrade` would lose. The step is tried and taken back.

    Raises
    ------
    CommandError, StoreUnavailable
        As `downgrade`.
    """
    with _alone(store) as (config, connection):
        before = revisions.contents(connection)
        command.downgrade(config, revision)
        after = revisions.contents(connection)
        connection.rollback()
    return revisions.losses(before, after)


def mismatch(store: Store) -> Reason | None:
    """Return how the tables differ from those of this version; None if they are the same.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    with _alone(store) as (_config, connection):
        return revisions.mismatch(connection)


@contextmanager
def _alone(store: Store) -> Iterator[tuple[Config, Connection]]:
    """Give a transaction that no other process can be in."""
    config = revisions.config()
    try:
        with _file_lock(store), store.engine.connect() as connection, connection.begin():
            if store.place.file is None:
                connection.execute(text(f"SET LOCAL lock_timeout = {_LOCK_S * 1000:d}"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_NUMBER:d})"))
            config.attributes["connection"] = connection
            yield config, connection
    except SQLAlchemyError as error:
        why = faults.reason(error)
        if why is None:
            raise
        raise StoreUnavailable(reason=why) from None


@contextmanager
def _file_lock(store: Store) -> Iterator[None]:
    file = store.place.file
    if file is None:
        yield
        return
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_name(f"{file.name}.lock"), timeout=_LOCK_S, mode=0o600):
            if not file.exists():
                _make(file)
            yield
    except Timeout:
        raise StoreUnavailable(reason=faults.LOCKED) from None
    except OSError:
        raise StoreUnavailable(reason=faults.GONE) from None


def _make(file: Path) -> None:
    """Make an empty database whose readers and writer do not wait for each other, readable by this user alone."""
    file.touch(mode=0o600)
    driver = sqlite3.connect(file)
    try:
        driver.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError:
        file.unlink()
        raise StoreUnavailable(reason=faults.FULL) from None
    finally:
        driver.close()


def main(arguments: list[str]) -> int:
    """Run the command; 0 if it did what was asked."""
    parser = argparse.ArgumentParser(prog="components.team.store.migrate", description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("upgrade", "downgrade", "check"), nargs="?", default="upgrade")
    parser.add_argument("revision", nargs="?")
    parser.add_argument("--yes", action="store_true", help="downgrade without a question")
    asked = parser.parse_args(arguments)
    try:
        store = Store(address(settings()))
        if asked.action == "upgrade":
            upgrade(store, asked.revision or "head")
        elif asked.action == "downgrade":
            below = asked.revision or "-1"
            if not _agreed(store, losses(store, below), yes=asked.yes):
                print("Nothing was changed.", file=sys.stderr)
                return 1
            downgrade(store, below)
        wrong = mismatch(store)
    except StoreUnavailable as error:
        print(
            f"{store.place.shown}: {error.values['reason']}.{revisions.advice(error.values['reason'])}", file=sys.stderr
        )
        return 1
    except (SettingsError, CommandError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{store.place.shown}: {'up to date' if wrong is None else wrong}")
    return 0 if wrong is None or asked.action == "downgrade" else 1


def _agreed(store: Store, lost: list[str], *, yes: bool) -> bool:
    print(f"A step back in {store.place.shown} loses for good:", *lost or ["nothing"], sep="\n  ")
    print("Stop the servers that use it first, and make a backup: they need the tables of this version.")
    if yes:
        return True
    if not sys.stdin.isatty():
        print("There is nobody to ask: --yes does it without a question.", file=sys.stderr)
        return False
    return input("Type yes to do it: ").strip() == "yes"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
