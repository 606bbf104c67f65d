"""Where the server listens, and under which names browsers may open it.

A name check keeps other web sites out that have their own name point at this machine (DNS rebinding): the browser then
takes our pages for theirs, and its rules about foreign sites do not apply. An address that only this machine has, such
as `localhost`, can be nobody else's, so it is always allowed.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Collection
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
EVERYWHERE: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 (told apart, not listened on)

_REFUSED: Final = "This dashboard is not known under this name. Its operator names it in DASHBOARD_HOSTS.\n"

log = logging.getLogger(__name__)


def is_loopback(address: str) -> bool:
    """Return whether only this machine reaches a server that listens on an address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def announcement(address: str, port: int, *, base: str = "", https: bool = False, signs_in: bool = False) -> str:
    """Return what the start tells the operator: which address to open, and who reaches it.

    Parameters
    ----------
    address
        Where the server listens: `server.address`; empty for all addresses of the machine.
    base
        The path that it lives under.
    https
        Whether it answers by https itself.
    signs_in
        Whether visitors sign in.
    """
    everywhere = not address or address in EVERYWHERE
    name = "localhost" if everywhere or is_loopback(address) else f"[{address}]" if ":" in address else address
    path = f"/{base.strip('/')}" if base.strip("/") else ""
    opened = f"Open {'https' if https else 'http'}://{name}:{port}{path}"
    if is_loopback(address):
        return f"{opened} (only this machine reaches it; --server.address 0.0.0.0 opens it to the network)"
    where = "on all addresses of this machine" if everywhere else f"on {address}"
    who = "visitors sign in" if signs_in else "everybody who reaches it can use it, nobody signs in"
    return f"{opened} (it listens {where}: {who})"


def known_hosts(named: Collection[str], *, profile: str, address: str, redirect_uri: str = "") -> frozenset[str] | None:
    """Return the names that requests may carry, or None if any may.

    Parameters
    ----------
    named
        What the operator named.
    profile
        In `team` the names are always checked, in `studio` only those that the operator named: its proxy passes on
        names that the machine does not know.
    address
        Where the server listens.
    redirect_uri
        Where the sign-in brings visitors back to.
    """
    if named:
        return LOOPBACK | {name.lower() for name in named}
    if profile == "team":
        return LOOPBACK | {_without_port(urlsplit(redirect_uri).netloc)}
    if profile == "class" and is_loopback(address):
        return LOOPBACK
    return None


class KnownHosts:
    """ASGI middleware that refuses requests and sessions under an unknown name.

    Parameters
    ----------
    hosts
        The names, in lower case and without a port.
    open_paths
        Paths that answer under any name, for what watches the machine.
    """

    def __init__(self, app: ASGIApp, *, hosts: Collection[str], open_paths: Collection[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._open_paths = frozenset(open_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what asks for this dashboard by its name."""
        if scope["type"] not in ("http", "websocket") or scope["path"] in self._open_paths or self._is_known(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close"})  # before it was accepted: the server answers 403
        else:
            await PlainTextResponse(_REFUSED, HTTPStatus.MISDIRECTED_REQUEST)(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        asked = Headers(scope=scope).getlist("host")
        return len(asked) == 1 and _without_port(asked[0]) in self._hosts


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).rstrip(".").lower()
