"""The database is looked at before the server answers, so that a mistake stops the start with its reason."""

from __future__ import annotations

import time
from typing import Final

from components.core.settings import Settings, SettingsError
from components.team.errors import StoreUnavailable
from components.team.store import faults
from components.team.store.address import address
from components.team.store.database import Store
from components.team.store.migrate import upgrade
from components.team.store.revisions import advice

WAIT_S: Final = 20.0
"""A database that starts at the same moment, as Compose does it, gets this long."""

_PAUSE_S: Final = 0.5


def require_database(settings: Settings, *, wait_s: float = WAIT_S) -> None:
    """Bring the tables up to date.

    Raises
    ------
    SettingsError
        If the database cannot be used; the message says which and why, and holds no password.
    """
    store = Store(address(settings))
    give_up = time.monotonic() + wait_s
    while True:
        try:
            upgrade(store)
        except StoreUnavailable as error:
            why = error.values["reason"]
            unreachable = why is faults.UNREACHABLE
            if unreachable and time.monotonic() < give_up:
                time.sleep(_PAUSE_S)
                continue
            check = " Check host, port, name, user and password." if unreachable else advice(why)
            raise SettingsError(
                f"the database of the team cannot be used ({store.place.shown}): {why}.{check}"
            ) from None
        finally:
            store.close()
        return
