"""Where the database is, read from the settings. Free of SQLAlchemy."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from components.core.settings import Settings, SettingsError, database_problem

FILE_NAME: Final = "team.sqlite3"
_DRIVER: Final = "postgresql+psycopg"


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
