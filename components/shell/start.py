"""Start the dashboard: `python -m components.shell.start [--profile class|studio|team] [options of streamlit run]`.

`streamlit run app.py` works as well. This command does more: it checks the settings first, starts with what the profile
needs, and serves the app with all that `components.shell.serving` puts around it: a menu that is known before the first
visitor, security headers, addresses mended, health, metrics, an end in good order.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import click
import streamlit as st
from starlette.middleware import Middleware
from streamlit import config
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit.web import bootstrap, cli
from uvicorn.config import LOGGING_CONFIG

from components.models.registry import records
from components.operations import logs
from components.registry import PAGES
from components.settings import PREFIX, SettingsError, settings
from components.shell import errors, settings_table
from components.shell.serving import menu, metrics, readiness, shutdown, slashes, studio
from components.shell.serving.headers import SecurityHeaders, security_headers
from components.shell.serving.no_delay import send_at_once
from components.shell.serving.requests_log import RequestsLog
from components.shell.serving.sending import send_together
from components.shell.serving.tidying import collect_seldom, keep_tidy, keep_together
from components.shell.serving.way_back import WayBack
from components.team.provider import is_reached_by_https, require_fit_for_team

APP: Final = Path(__file__).resolve().parents[2] / "app.py"

_QUIET: Final = {"logger.level": "warning", "logger.hideWelcomeMessage": True}
"""What Streamlit says by itself at the start has a format of its own."""

_USAGE: Final = """\
usage: python -m components.shell.start [--profile {class,studio,team}] [options of streamlit run]

Settings: environment variables, or the same names in lower case and without DASHBOARD_ in dashboard.toml beside app.py.

"""
_MORE: Final = """

Streamlit's own options work too: --server.port 8080. They are listed by: streamlit run --help"""

log = logging.getLogger("components.shell.start")  # also where Python calls it __main__


def main(arguments: list[str]) -> None:
    """Run the server in this process until it is stopped."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--profile")
    parser.add_argument("-h", "--help", action="store_true")
    ours, streamlits = parser.parse_known_args(arguments)
    if ours.help:
        print(_USAGE + settings_table.as_text() + _MORE)
        return
    if ours.profile is not None:
        os.environ[f"{PREFIX}PROFILE"] = ours.profile
    try:
        profile = settings().profile
        records()  # a mistake in the deployment's own models shows now, not to the first visitor
        options = _options(profile, streamlits)
        bootstrap.load_config_options(options)
        if profile == "studio":
            _require_fit_for_studio(options)
        elif profile == "team":
            require_fit_for_team(_auth(), settings(), base=_base())
            _require_no_trusted_headers()
            _require_database()
    except SettingsError as error:
        sys.exit(str(error))
    if settings().log_format == "json":
        LOGGING_CONFIG.update(handlers={}, loggers={})  # uvicorn would print lines of its own before ours are set up
    logs.configure(settings().log_format)
    app = _app(profile)
    sys.argv = [str(APP)]
    keep_together()
    collect_seldom()
    send_at_once()
    send_together()
    shutdown.leave_when_told()
    with suppress(KeyboardInterrupt):  # Ctrl+C: the server has ended its visitors' sessions by now
        app.run(config=options)


def _require_no_trusted_headers() -> None:
    """Refuse the option by which Streamlit believes a request's headers about who somebody is, over the sign-in."""
    if config.get_option("server.trustedUserHeaders"):
        raise SettingsError(
            "server.trustedUserHeaders is not allowed in the profile team: whoever reaches the server could write "
            "another person's address into a header. Leave it empty; the sign-in says who somebody is."
        )


def _require_database() -> None:
    from components.team.store.opening import require_database  # no other profile needs a database's libraries

    require_database(settings())


def _options(profile: str, given: list[str]) -> dict[str, Any]:
    """Return Streamlit's options by their names: the profile's, and over them what was given on the command line."""
    try:
        read = cli.main_run.make_context("components.shell.start", [str(APP), *given]).params
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    chosen = {name.replace("_", "."): value for name, value in read.items() if name not in ("target", "args")}
    of_profile: Mapping[str, Any] = studio.OPTIONS if profile == "studio" else {}
    quiet: Mapping[str, Any] = _QUIET if settings().log_format == "json" else {}
    return {**quiet, **of_profile, **{name: value for name, value in chosen.items() if value not in (None, ())}}


def _app(profile: str) -> st.App:
    slugs = [entry.slug for entry in PAGES]
    middleware = [
        Middleware(RequestsLog),
        Middleware(SecurityHeaders, headers=security_headers(profile)),
        Middleware(metrics.StreamlitsOwnClosed),
        Middleware(menu.MenuFirst),
    ]
    if profile == "team":
        secure = is_reached_by_https(_auth() or {})
        middleware.append(Middleware(WayBack, slugs=slugs, base=_base(), secure=secure))
    root = f"/{_base().strip('/')}".rstrip("/")
    routes = [*slashes.routes(slugs, base=_base()), metrics.route(root), *readiness.routes(root)]
    return st.App(
        APP, lifespan=_life, routes=routes, middleware=middleware, on_script_error=errors.show_outside_the_boundary
    )


def _base() -> str:
    """Return the path that the server lives under: an option, a variable or Streamlit's own file says so."""
    base: str | None = config.get_option("server.baseUrlPath")
    return base or ""


def _auth() -> Mapping[str, Any] | None:
    """Return the section of secrets.toml that says how people sign in."""
    try:
        return dict(st.secrets["auth"]) if "auth" in st.secrets else None
    except StreamlitSecretNotFoundError:
        return None


def _require_fit_for_studio(options: Mapping[str, Any]) -> None:
    if options["server.baseUrlPath"]:
        raise SettingsError(
            f"server.baseUrlPath = {options['server.baseUrlPath']!r} is not allowed in the profile studio: its proxy "
            "takes the prefix off, so leave it empty."
        )
    if _auth() is not None:
        raise SettingsError(
            "[auth] in secrets.toml is not allowed in the profile studio: it needs cookies, which do not get through "
            "Studio's proxy. Remove it; Studio's own sign-in decides who comes in."
        )


@asynccontextmanager
async def _life(_app: st.App) -> AsyncIterator[None]:
    """Answer at once, get ready meanwhile, end in good order."""
    shutdown.take_over()
    tasks = [asyncio.create_task(_get_ready()), asyncio.create_task(keep_tidy())]
    yield
    for task in tasks:
        task.cancel()


async def _get_ready() -> None:
    await menu.draw()
    logs.configure(settings().log_format)  # again: by now the server has set up its own
    log.info("ready")
    if settings().profile == "studio":  # Streamlit's own message would be wrong there
        print(studio.announcement(config.get_option("server.port")), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
