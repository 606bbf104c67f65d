"""A deployment of the profile team without a provider of sign-ins: a test says who is signed in."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from components.core import policy
from components.core import settings as module
from components.engines import metering
from components.generation import history
from components.team import identity, plug, visits
from components.team.store import opening, writer
from components.ui import export
from components.ui.guide import progress as lessons


class Team:
    """A deployment of the profile team, and who is signed in there."""

    def __init__(self, monkeypatch):
        self._monkeypatch = monkeypatch
        self._claims = {}
        monkeypatch.setattr(identity, "claims", lambda: self._claims)

    def set(self, **variables):
        for name, value in variables.items():
            written = value if isinstance(value, str) else json.dumps(value)
            self._monkeypatch.setenv(f"DASHBOARD_{name.upper()}", written)
        module.settings.cache_clear()

    def sign_in(self, name):
        """Let a person come in, and return who that is to the dashboard."""
        self._claims = {
            "is_logged_in": True,
            "iss": "https://provider.example",
            "sub": name,
            "email": f"{name}@school.example",
            "email_verified": True,
            "name": f"{name.title()} Secretname",
            "iat": time.time(),
        }
        return identity.visitor()

    @property
    def store(self):
        return opening.store()

    def written(self):
        """Wait until all that the pages gave is in the database."""
        assert writer.writer().flush(60)


def put_hooks_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the hooks that a team fills empty again when the test ends: they belong to the whole process."""
    for hook in (
        (policy, "_identify"),
        (export, "_draw_short_link"),
        (metering, "_meter_of"),
        (history, "_history"),
        (lessons, "_store"),
    ):
        monkeypatch.setattr(*hook, getattr(*hook))


@contextmanager
def team_deployment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Team]:
    """Set up a team whose data stay in a folder: Ana is a member, Ben an admin, the school are viewers."""
    it = Team(monkeypatch)
    it.set(profile="team", data_folder=str(folder / "data"))
    it.set(members=["ana@school.example"], admins=["ben@school.example"], viewers=["@school.example"])
    monkeypatch.setattr(visits, "_purged_s", [])
    put_hooks_back(monkeypatch)
    plug.plug_in()
    caches = (module.settings, opening.store, writer.writer)
    for cached in caches[1:]:
        cached.cache_clear()
    yield it
    writer.writer().stop(timeout_s=1)  # what a test wrote is not read any more
    monkeypatch.undo()
    for cached in caches:
        cached.cache_clear()
