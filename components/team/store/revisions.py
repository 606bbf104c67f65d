"""Which revision the tables of a database have, and what a step back would lose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, inspect, select, table

from components.core.errors import Reason
from components.team.store import faults

MIGRATIONS: Final = Path(__file__).with_name("migrations")
_VERSION_TABLE: Final = "alembic_version"

Contents = Mapping[str, tuple[int, frozenset[str]]]
"""The number of rows and the names of the columns of each table."""


def config() -> Config:
    """Return Alembic's configuration, which lies in no file."""
    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return made


def mismatch(connection: Connection) -> Reason | None:
    """Return how the tables differ from those of this version; None if they are the same."""
    known = [script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()]  # newest first
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


def contents(connection: Connection) -> Contents:
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


def losses(before: Contents, after: Contents) -> list[str]:
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
