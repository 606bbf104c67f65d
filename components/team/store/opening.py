"""Opening the database of this process.

It is also opened once before the server answers, so that a mistake stops the start with its reason.
"""

from __future__ import annotations

import time
from functools import cache
from typing import Final

from components.core.settings import Settings, SettingsError, settings
from components.team.errors import StoreUnavailable
from components.team.store import faults
from components.team.store.database import Store, address
from components.team.store.migrate import advice, upgrade

WAIT_S: Final = 20.0
"""A database that starts at the same moment, as Compose does it, gets this long."""

_PAUSE_S: Final = 0.5


@cache
def store() -> Store:
    """Return the database of this process.

    Raises
    ------
    SettingsError
        If the settings name none.
    """
    return Store(address(settings()), prepare=upgrade)


def require_database(chosen: Settings, *, wait_s: float = WAIT_S) -> None:
    """Bring the tables up to date.

    Raises
    ------
    SettingsError
        If the database cannot be used; the message says which and why, and holds no password.
    """
    database = Store(address(chosen))
    give_up = time.monotonic() + wait_s
    while True:
        try:
            upgrade(database)
        except StoreUnavailable as error:
            why = error.values["reason"]
            unreachable = why is faults.UNREACHABLE
            if unreachable and time.monotonic() < give_up:
                time.sleep(_PAUSE_S)
                continue
            check = " Check host, port, name, user and password." if unreachable else advice(why)
            raise SettingsError(
                f"the database of the team cannot be used ({database.place.shown}): {why}.{check}"
            ) from None
        finally:
            database.close()
        return
