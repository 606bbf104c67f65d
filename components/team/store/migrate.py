"""Bring the tables up to date: `python -m components.team.store.migrate [upgrade|downgrade|check]`.

A server that starts does it by itself. A lock lets only one process do it; the others wait and find it done.

    upgrade     to this version, or to a revision that is named
    downgrade   by one revision, or to one that is named; it says what would be lost and asks (--yes: it does not ask)
    check       say whether the tables are those of this version
"""

from __future__ import annotations

import argparse
import re
import sqlite3
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from filelock import FileLock, Timeout
from sqlalchemy import Connection, func, inspect, select, table, text
from sqlalchemy.exc import SQLAlchemyError

from components.core.errors import Reason
from components.core.settings import SettingsError, settings
from components.team.errors import StoreUnavailable
from components.team.store import faults
from components.team.store.database import Store, address

MIGRATIONS: Final = Path(__file__).with_name("migrations")
_VERSION_TABLE: Final = "alembic_version"

Contents = Mapping[str, tuple[int, frozenset[str]]]
"""The number of rows and the names of the columns of each table."""

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
        wrong = revision_mismatch(connection)
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
        before = _contents(connection)
        command.downgrade(config, revision)
        after = _contents(connection)
        connection.rollback()
    return _losses(before, after)


def mismatch(store: Store) -> Reason | None:
    """Return how the tables differ from those of this version; None if they are the same.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    with _alone(store) as (_config, connection):
        return revision_mismatch(connection)


@contextmanager
def _alone(store: Store) -> Iterator[tuple[Config, Connection]]:
    """Give a transaction that no other process can be in."""
    config = _config()
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


def _config() -> Config:
    """Return Alembic's configuration, which lies in no file."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return made


def revision_mismatch(connection: Connection) -> Reason | None:
    """Return how the tables differ from those of this version; None if they are the same."""
    known = [script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()]  # newest first
    found = MigrationContext.configure(connection).get_current_heads()
    if found == (known[0],):
        return None
    if not found:
        return faults.NOT_READY
    if set(found) <= set(known):
        return faults.OLDER
    is_later = all(re.fullmatch(r"\d{4}", each) and each > known[0] for each in found)
    return faults.NEWER if is_later else faults.FOREIGN


def advice(reason: object) -> str:
    """Return what the operator can do about a mismatch; nothing for another reason."""
    if reason is faults.NEWER:
        return (
            " A later version of the dashboard made them: install that version again, or restore the backup from "
            "before its upgrade."
        )
    if reason is faults.OLDER:
        return " Start the dashboard again: it brings them up to date."
    if reason is faults.FOREIGN:
        return " Check that the address names the database of this dashboard."
    return ""


def _contents(connection: Connection) -> Contents:
    """Count what each table holds."""
    inspector = inspect(connection)
    return {
        name: (
            connection.scalar(select(func.count()).select_from(table(name))) or 0,
            frozenset(each["name"] for each in inspector.get_columns(name)),
        )
        for name in inspector.get_table_names()
        if name != _VERSION_TABLE
    }


def _losses(before: Contents, after: Contents) -> list[str]:
    """Name the tables, columns and rows that are there before and not after."""
    lost = []
    for name, (rows, columns) in sorted(before.items()):
        if name not in after:
            lost.append(f"table {name}: {_count(rows)}")
            continue
        rows_after, columns_after = after[name]
        lost += [f"column {name}.{each}: {_count(rows)}" for each in sorted(columns - columns_after)]
        if rows_after < rows:
            lost.append(f"table {name}: {_count(rows - rows_after)} of {rows}")
    return lost


def _count(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"


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
        print(f"{store.place.shown}: {error.values['reason']}.{advice(error.values['reason'])}", file=sys.stderr)
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
