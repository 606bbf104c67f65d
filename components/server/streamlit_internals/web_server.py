"""Streamlit's web server: its options, its socket, whom it asks over the network, its sign-in, and its page.

Read in Streamlit 1.67.0: `streamlit.web.cli` and `bootstrap`, `starlette_server._bind_socket`, `starlette_auth_routes`,
`net_util`, `page_config._get_favicon_string`, `file_util.get_static_dir`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from streamlit import config, file_util, net_util
from streamlit.commands import page_config

from components.server.streamlit_internals import Plain, replace

STATIC: Final = Path(file_util.get_static_dir())
"""What Streamlit serves to browsers under `static/`, and its page."""


def read_command_line(app: Path, arguments: Sequence[str]) -> dict[str, Any]:
    """Return the options on a command line by their names, as `streamlit run` would; None or () for those left out.

    Raises
    ------
    click.ClickException
        If there is no such option, or its value is not allowed.
    """
    from streamlit.web import cli

    read = cli.main_run.make_context("components.server.start", [str(app), *arguments]).params
    return {name.replace("_", "."): value for name, value in read.items() if name not in ("target", "args")}


def load_options(app: Path, options: dict[str, Any]) -> None:
    """Have options and the `.streamlit` folder beside the app hold before the server starts, to be checked."""
    from streamlit.web import bootstrap

    config._main_script_path = str(app)
    bootstrap.load_config_options(options)


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
    """Have Streamlit take a page's icon that is a `data:` address as it is.

    It would load NumPy and Pillow to find out that there is nothing to do, before the first page can be drawn.
    """

    def favicon(plain: Plain, icon: Any) -> str:  # noqa: ANN401 (what `st.set_page_config` takes)
        return icon if isinstance(icon, str) and icon.startswith("data:") else plain(icon)

    replace(page_config, "_get_favicon_string", favicon)


def adapt_sign_in(adapt: Callable[[type[Any]], type[Any]], address_after_sign_out: Callable[[], str | None]) -> None:
    """Have people sign in with an adapted client, and be sent to their provider to sign out only with an address.

    Parameters
    ----------
    adapt
        Makes of Authlib's `OAuth`, as Streamlit has it, the class that is used.
    address_after_sign_out
        Returns where the provider sends somebody who signed out; None if nobody is sent there to sign out.
    """
    from streamlit.web.server.starlette import starlette_auth_routes as routes

    async def sign_out_at(plain: Plain, request: Any) -> Any:  # noqa: ANN401 (Streamlit's own types)
        return None if address_after_sign_out() is None else await plain(request)

    replace(routes, "_create_streamlit_oauth_class", lambda plain, client: adapt(plain(client)))
    replace(routes, "_get_provider_logout_url", sign_out_at)
    replace(routes, "get_validated_redirect_uri", lambda _plain: address_after_sign_out())
