"""A provider of OpenID Connect on this machine, the people it knows, and how they come to the dashboard in Chromium."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Request
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from components.team.provider import LEAST_SECRET_CHARS
from tests.browser.chromium import FINISHED_WITHIN_MS, settle
from tests.browser.serving import READY_WITHIN_S, Server, free_port, stop
from tests.browser.tabs import Tabs
from tests.browser.visitor import Visitor
from tests.tools import tool

LONG: Final = random.Random(1).randbytes(900).hex()  # nothing that packs it makes it small
PEOPLE: Final[Mapping[str, Mapping[str, Any]]] = {
    "mina": {"email": "Mina@School.example", "email_verified": True, "name": "Kim *Mina* <b>"},
    "head": {"email": "head@school.example", "email_verified": True, "name": "Head Teacher"},
    "writer": {"email": "writer@school.example", "email_verified": True, "name": "Writer"},
    "guest": {"email": "guest@partner.example", "email_verified": True, "name": "Guest"},
    "large": {"email": "large@school.example", "email_verified": True, "name": "Large", "picture": LONG},
    "stranger": {"email": "stranger@evil.example", "email_verified": True},
    "unverified": {"email": "head@school.example", "email_verified": False},
}
TEAM: Final = {
    "DASHBOARD_PROFILE": "team",
    "DASHBOARD_ADMINS": '["head@school.example"]',
    "DASHBOARD_MEMBERS": '["@school.example"]',
    "DASHBOARD_VIEWERS": '["@partner.example"]',
}
COOKIE_SECRET: Final = "of-tests-" * LEAST_SECRET_CHARS


@dataclass(frozen=True)
class Provider:
    """Where people prove who they are."""

    origin: str


NOBODY_ASKS_IT: Final = Provider("http://127.0.0.1:9")
"""A provider that does not exist, for tests of people who have the cookie: they have signed in already."""


@contextlib.contextmanager
def provider(folder: Path) -> Iterator[Provider]:
    """Start a provider that knows `PEOPLE` and lets each in at a click."""
    port = free_port()
    known = [f"--user-claims={json.dumps({'sub': sub, **claims})}" for sub, claims in PEOPLE.items()]
    log = folder / "provider.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [tool("oidc-provider-mock"), "--port", str(port), *known],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            found = Provider(f"http://127.0.0.1:{port}")
            _wait_until_answered(f"{found.origin}/.well-known/openid-configuration", process, log)
            yield found
        finally:
            stop(process)


def team_options(
    folder: Path, provider: Provider, *, origin: str = "http://127.0.0.1:{port}", base: str = ""
) -> tuple[str, ...]:
    """Write a secrets.toml for a dashboard that browsers see at an origin, and return the options that name it."""
    secrets = folder / "secrets.toml"
    secrets.write_text(
        f"""\
[auth]
redirect_uri = "{origin}{base}/oauth2callback"
cookie_secret = "{COOKIE_SECRET}"
client_id = "dashboard"
client_secret = "of tests"
server_metadata_url = "{provider.origin}/.well-known/openid-configuration"
"""
    )
    return ("--secrets.files", str(secrets))


def team_variables(folder: Path) -> dict[str, str]:
    """Return the settings of a team whose data stay in a folder."""
    return {**TEAM, "DASHBOARD_DATA_FOLDER": str(folder / "data")}


def user_cookie(origin: str, claims: Mapping[str, object], *, secret: str = COOKIE_SECRET) -> str:
    """Return the cookie of somebody who signed in, as Streamlit writes it."""
    held = json.dumps({**claims, "origin": origin, "is_logged_in": True, "provider": "default"})
    return create_signed_value(secret, USER_COOKIE_NAME, held).decode()


class Colleague(Visitor):
    """A visitor who may be sent to the provider. What the provider's own pages fetch or complain of is not ours."""

    def __init__(self, tabs: Tabs, server: Server, provider: Provider) -> None:
        super().__init__(tabs, server)
        self._provider = provider

    def signed_in(self, who: str, path: str = "/", **link: Any) -> Page:
        """Open a page as somebody who has signed in before."""
        claims = {"iss": self._provider.origin, "sub": who, **PEOPLE[who], "iat": int(time.time())}
        return self(path, cookies={USER_COOKIE_NAME: user_cookie(self._server.origin, claims)}, **link)

    def choose(self, page: Page, who: str | None) -> Page:
        """Press the button to sign in, say who one is at the provider (None declines), and come back."""
        page.locator(".st-key-sign_in_with_provider button").click()
        page.wait_for_url(f"{self._provider.origin}/**", timeout=FINISHED_WITHIN_MS)
        page.get_by_role("button", name=who or "Deny", exact=True).click()
        page.wait_for_url(self._is_ours, timeout=FINISHED_WITHIN_MS)
        return settle(page)

    def _is_ours(self, url: str) -> bool:
        return super()._is_own(url)

    def _is_own(self, url: str) -> bool:
        return self._is_ours(url) or self._is_providers(url)

    def _is_providers(self, url: str) -> bool:
        return urlsplit(url).netloc == urlsplit(self._provider.origin).netloc

    def _note_request(self, request: Request) -> None:
        if not self._is_providers(request.headers.get("referer", "")):
            super()._note_request(request)

    def _note_console(self, message: ConsoleMessage) -> None:
        if message.page is None or not self._is_providers(message.page.url):
            super()._note_console(message)


def _wait_until_answered(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    give_up = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < give_up and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=READY_WITHIN_S):
                return
        except OSError:  # nobody listens yet
            time.sleep(0.05)
    raise RuntimeError(f"the provider did not come up:\n{log.read_text(errors='replace')}")
