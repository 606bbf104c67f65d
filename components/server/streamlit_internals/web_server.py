"""Streamlit's web server: its options, its socket, whom it asks over the network, its sign-in, and its page.

Read in Streamlit 1.67.0: `streamlit.web.cli` and `bootstrap`, `starlette_server._bind_socket`, `starlette_auth_routes`,
`net_util`, `page_config._get_favicon_string`, `file_util.get_static_dir`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from streamlit import config, file_util, net_util
from streamlit.commands import page_config

from components.server.streamlit_internals import Plain, replace

STATIC: Final = Path(file_util.get_static_dir())  # with Streamlit's page, and what it serves under `static/`


def read_options(app: Path, arguments: Sequence[str], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options on a command line, as `streamlit run` would read it, over others; all by their names.

    They hold from here on, with the `.streamlit` folder beside the app, so that they can be checked before the start.

    Raises
    ------
    click.ClickException
        If there is no such option, or its value is not allowed.
    """
    from streamlit.web import bootstrap, cli

    read = cli.main_run.make_context("components.server.start", [str(app), *arguments]).params
    given = {name: value for name, value in read.items() if name not in ("target", "args") and value not in (None, ())}
    options = {**defaults, **{name.replace("_", "."): value for name, value in given.items()}}
    config._main_script_path = str(app)
    bootstrap.load_config_options(options)
    return options


def enable_tcp_nodelay() -> None:
    """Have every connection send at once where asyncio runs the server, as on Windows. Call it before the server runs.

    TCP holds small writes back until the browser has confirmed the one before, which it delays by 40 ms: each click
    would wait. uvloop switches that off; asyncio only for sockets that say they are TCP, which Streamlit's does not.
    """
    from streamlit.web.server.starlette import starlette_server

    def bind(plain: Plain, *where: Any) -> socket.socket:  # noqa: ANN401
        bound: socket.socket = plain(*where)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound

    replace(starlette_server, "_bind_socket", bind)


def leave_own_addresses_unknown() -> None:
    """Have Streamlit look up no address of this machine.

    It would for each websocket whose Origin is not the server's own: it asks a server of Amazon, and nobody else is
    answered until that has answered or failed. Other addresses are named in `server.corsAllowedOrigins`.
    """
    for name in ("get_external_ip", "get_internal_ip"):
        replace(net_util, name, lambda _plain: None)


def take_data_as_icon() -> None:
    """Have Streamlit take an icon that is a `data:` address as it is, and load neither NumPy nor Pillow for it."""

    def favicon(plain: Plain, icon: object) -> object:
        return icon if isinstance(icon, str) and icon.startswith("data:") else plain(icon)

    replace(page_config, "_get_favicon_string", favicon)


def adapt_sign_in(adapt: Callable[[type[Any]], type[Any]], address_after_sign_out: Callable[[], str | None]) -> None:
    """Have `adapt` make of Authlib's `OAuth`, as Streamlit has it, the class that people sign in with.

    Who signs out is sent to the provider only if there is an address that the provider may send them back to.
    """
    from streamlit.web.server.starlette import starlette_auth_routes as routes

    async def sign_out_at(plain: Plain, request: Any) -> Any:  # noqa: ANN401 (Streamlit's own types)
        return None if address_after_sign_out() is None else await plain(request)

    replace(routes, "_create_streamlit_oauth_class", lambda plain, client: adapt(plain(client)))
    replace(routes, "_get_provider_logout_url", sign_out_at)
    replace(routes, "get_validated_redirect_uri", lambda _plain: address_after_sign_out())
