"""Start the dashboard: `python -m components.server.start [--profile class|studio|team] [options of streamlit run]`.

`streamlit run app.py` starts the same server (`components.server.server`). This command does a little more: it
checks the settings before it takes the port, brings the options that the profile needs, and prints nothing of
Streamlit's own where the log is JSON. And it is the first to import Streamlit, which then leaves Plotly for later.
"""

# ruff: noqa: E402 (imports after a call)
from __future__ import annotations

from components.server.streamlit_internals import plotly_theme

plotly_theme.postpone_plotly()

import argparse
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import click
import streamlit as st

from components.core import settings_reference
from components.core.settings import PREFIX, SettingsError, settings
from components.server import server, shutdown, studio
from components.server.streamlit_internals import web_server

COMMAND: Final = "python -m components.server.start"
APP: Final = Path(__file__).resolve().parents[2] / "app.py"

_QUIET: Final = {"logger.level": "warning"}
"""What Streamlit says by itself at the start has a format of its own."""

_USAGE: Final = """\
usage: {command} [--profile {{class,studio,team}}] [options of streamlit run]

Settings: environment variables, or the same names in lower case and without DASHBOARD_ in dashboard.toml, in the
folder you start in, or beside app.py.

"""
_MORE: Final = """

Streamlit's own options work too: --server.port 8080. List them with: streamlit run --help"""


def main(arguments: list[str], *, command: str = COMMAND) -> None:
    """Run the server in this process until it is stopped; `command` is what the usage calls it."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--profile")
    parser.add_argument("-h", "--help", action="store_true")
    ours, streamlits = parser.parse_known_args(arguments)
    if ours.help:
        print(_USAGE.format(command=command) + settings_reference.as_text() + _MORE)
        return
    if ours.profile is not None:
        os.environ[f"{PREFIX}PROFILE"] = ours.profile
    try:
        options = _options(settings().profile, streamlits)
        server.require_fit()
    except SettingsError as error:
        sys.exit(str(error))
    server.set_up_process()
    app = st.App(APP, **server.parts())
    sys.argv = [str(APP)]
    web_server.enable_tcp_nodelay()
    shutdown.exit_on_sigterm()
    with suppress(KeyboardInterrupt):  # Ctrl+C: the server has ended its visitors' sessions by now
        app.run(config=options)


def _options(profile: str, given: list[str]) -> dict[str, Any]:
    """Return Streamlit's options by their names: the profile's, and over them what was given on the command line."""
    of_profile: Mapping[str, Any] = studio.OPTIONS if profile == "studio" else {}
    quiet: Mapping[str, Any] = _QUIET if settings().log_format == "json" else {}
    try:
        return web_server.read_options(APP, given, {**quiet, **of_profile})
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main(sys.argv[1:])
