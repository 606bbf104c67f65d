"""Streamlit's web server: how its options are read, how it sends, what it asks the network, and the pages it serves.

The front page needs a slash at the end of its address, the other pages must not have it. A proxy that takes a prefix
off passes `…/proxy/8501` and `…/proxy/8501/` on as the same `/`. Only the browser knows which it was. Without the slash
it looks for `./static/…` beside the prefix and the page stays blank, so the front page asks first, and adds it. On the
other pages Streamlit's own redirect names a path from the root, which leaves the prefix; ours is relative.

Every page tells the browser where the server lives. By itself Streamlit's script takes the page's own address for it,
asks there in vain, and waits before it asks elsewhere. The page also names the scripts that most pages need beyond
Streamlit's first ones: they are fetched and run while the connection is made, not after the first elements have come.
Otherwise each page would be drawn twice, first with placeholders.

Read in Streamlit 1.67.0: `streamlit.web.cli` and `bootstrap`, `starlette_server._bind_socket`, `AppSession` (how a
message is enqueued and taken), `Runtime._loop_coroutine` and `_send_message`, the two functions of
`streamlit.net_util`, `file_util.get_static_dir`, its `index.html` and `static/js`, and
`page_config._get_favicon_string`.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit import config, file_util, net_util
from streamlit.commands import page_config
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.runtime import Runtime
from streamlit.runtime.session_manager import ActiveSessionInfo

from components.ui.fetched_script import FOLDER, TENSOR_VIEW, script_address

MOST_AT_ONCE: Final = 50
"""Messages in one turn. Between two turns a connection takes them over; with 500 that wait Streamlit drops it."""

HOLD_S: Final = 0.05
"""How long what a run sends waits for the rest of it: too short for anybody to notice."""

ON_EVERY_PAGE: Final = ("Html", "ButtonGroup", "BidiComponent", "Button", "PageLink")
ON_OTHER_PAGES: Final = ("Selectbox", "TextArea")
"""Elements that pages draw first, those of the second kind not on the front page; Streamlit fetches the script of each
when one has come."""

_ADD_SLASH: Final = """
    <script>
      if (!location.pathname.endsWith("/")) location.replace(location.pathname + "/" + location.search + location.hash)
    </script>"""
_NAME_SERVER: Final = """
    <script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href }</script>"""
_FETCH_EARLY: Final = """<link rel="modulepreload" crossorigin href="./{address}">
    """
_LOAD_EARLY: Final = """
    <script type="module">
      import * as exported from "./{react}"
      const react = Object.values(exported).map((each) => {{ try {{ return each() }} catch {{ return null }} }})
        .find((each) => each?.lazy && each.createElement)
      const lazy = react?.lazy
      const found = globalThis.elementsLoadedEarly = []
      if (lazy) react.lazy = (load) => {{
        const element = lazy(load)
        if (/\\/({elements})\\./.test(load)) found.push(element)
        return element
      }}
      addEventListener("DOMContentLoaded", () => {{
        for (const {{ _init, _payload }} of found) try {{ _init(_payload) }} catch {{ /* it is being loaded */ }}
      }})
    </script>"""
"""React loads the code of an element when it first draws one, draws a placeholder, and then all of them once more. This
has it load the code of those that are sure to come while the browser waits for the server. The object that `React.lazy`
makes has no other way to begin with: read in React 18.3."""
_AFTER: Final = '<meta charset="UTF-8" />'  # before anything that is fetched
_BEFORE: Final = '<link rel="stylesheet"'  # after the scripts of Streamlit's own start
_IMPORTED: Final = re.compile(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")
_FILES: Final = re.compile(r'"\./(static/[^"]+)"')
_NAMED: Final = re.compile(r'"\./static/js/([^"]+)"')

# as they are before anything is replaced
_take: Final = AppSession.flush_browser_queue
_send: Final = Runtime._send_message
_favicon: Final = page_config._get_favicon_string

_held: Final[WeakKeyDictionary[AppSession, bool]] = WeakKeyDictionary()
"""Of the sessions that have messages of a run: whether these still wait."""


def use_folder_of(app: Path) -> None:
    """Have the `.streamlit` folder beside the app count, wherever the server is started."""
    config._main_script_path = str(app)


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


def load_options(options: dict[str, Any]) -> None:
    """Have options hold before the server starts, so that they can be checked."""
    from streamlit.web import bootstrap

    bootstrap.load_config_options(options)


def batch_messages() -> None:
    """Have the messages of a run sent together. Call it before the server runs; another call changes nothing.

    A page is a hundred messages. For each Streamlit wakes the loop that sends them, gives everything else a turn and
    then needs the interpreter back, for which it waits up to `sys.getswitchinterval` while other pages are drawn: with
    a class, longer than drawing takes. A browser that gets a page bit by bit draws it bit by bit, most of it several
    times. So messages wait for the end of their run, or `HOLD_S` if that takes longer. On uvloop, where there is one,
    what is sent in one turn also leaves in one packet.
    """

    def release(session: AppSession) -> None:
        if session in _held and session._message_enqueued_callback is not None:
            _held[session] = False
            session._message_enqueued_callback()

    def enqueue(session: AppSession, msg: ForwardMsg) -> None:
        session._browser_queue.enqueue(msg)
        tell = session._message_enqueued_callback
        if tell is None:
            return
        if session._state is not AppSessionState.APP_IS_RUNNING:
            tell()
        elif session not in _held:
            _held[session] = True
            loop = session._event_loop
            loop.call_soon_threadsafe(loop.call_later, HOLD_S, release, session)

    def take_in_portions(session: AppSession) -> list[list[ForwardMsg]]:
        if session._state is AppSessionState.APP_IS_RUNNING and _held.get(session):
            return []
        _held.pop(session, None)  # first: what comes from here on is waited for anew
        messages = _take(session)
        return [messages[start : start + MOST_AT_ONCE] for start in range(0, len(messages), MOST_AT_ONCE)]

    def send_portion(runtime: Runtime, session: ActiveSessionInfo, portion: list[ForwardMsg]) -> None:
        for message in portion:
            _send(runtime, session, message)

    AppSession._enqueue_forward_msg = enqueue  # type: ignore[assignment, method-assign]
    AppSession.flush_browser_queue = take_in_portions  # type: ignore[assignment, method-assign]
    Runtime._send_message = send_portion  # type: ignore[assignment, method-assign]


def enable_tcp_nodelay() -> None:
    """Have the server's socket, and every connection it accepts, send at once. Call it before the server runs.

    By default TCP holds small writes back until the browser has confirmed the one before, which a browser delays by
    40 ms: each click would wait that long. asyncio switches this off (TCP_NODELAY) for sockets that say they are TCP;
    Streamlit makes its own without saying so.
    """
    from streamlit.web.server.starlette import starlette_server

    bind = starlette_server._bind_socket

    def bind_without_delay(address: str, port: int, backlog: int) -> socket.socket:
        bound = bind(address, port, backlog)
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return bound

    starlette_server._bind_socket = bind_without_delay


def leave_own_addresses_unknown() -> None:
    """Have Streamlit look up no address of this machine. Call it before the server runs.

    It would for each websocket whose Origin is not the server's own, in case that Origin is one of them: it asks a
    server of Amazon, and nobody else is answered until that has answered or failed. Without these addresses such an
    Origin is refused at once. Addresses that browsers use beside the server's own are named in
    `server.corsAllowedOrigins`.
    """
    net_util.get_external_ip = _unknown
    net_util.get_internal_ip = _unknown


def _unknown() -> None:
    return None


def take_data_as_icon() -> None:
    """Have Streamlit take a page's icon that is a `data:` address as it is; another call changes nothing.

    It would load NumPy and Pillow to find out that there is nothing to do, before the first page can be drawn.
    """

    def favicon(icon: Any) -> str:  # noqa: ANN401 (whatever `st.set_page_config` takes)
        return icon if isinstance(icon, str) and icon.startswith("data:") else _favicon(icon)

    page_config._get_favicon_string = favicon  # type: ignore[assignment]


def page_routes(slugs: Sequence[str], *, base: str = "") -> list[Route]:
    """Return the routes of the pages, to put before Streamlit's own.

    Parameters
    ----------
    slugs
        The pages' addresses under the root.
    base
        The path that the server itself is told to live under; empty behind a proxy that takes it off.
    """
    root = f"/{base.strip('/')}".rstrip("/")
    named = [slug for slug in slugs if slug]
    pages = [Route(f"{root}/{slug}", _page, methods=["GET", "HEAD"]) for slug in named]
    redirects = [Route(f"{root}/{slug}/", _without_slash, methods=["GET", "HEAD"]) for slug in named]
    return [Route(f"{root}/", _front_page, methods=["GET", "HEAD"]), *pages, *redirects]


@cache
def page_html(*, is_front: bool) -> str:
    """Return Streamlit's page with our scripts in it; the front page's asks about the slash.

    Raises
    ------
    ValueError
        If Streamlit's page has no place for them, after an update.
    """
    folder = Path(file_util.get_static_dir())
    page = (folder / "index.html").read_text("utf-8")
    for place in (_AFTER, _BEFORE):
        if page.count(place) != 1:
            raise ValueError(f"Streamlit's index.html no longer has one {place!r}; find another place for the scripts")
    elements = ON_EVERY_PAGE if is_front else ON_EVERY_PAGE + ON_OTHER_PAGES
    named = _NAMED.findall(page)
    scripts = early_scripts(elements, folder / "static" / "js", fetched=named)
    early = [f"static/js/{name}" for name in scripts]
    ours = [] if is_front else [script_address(TENSOR_VIEW)]
    links = "".join(_FETCH_EARLY.format(address=address) for address in (*early, *ours))
    first = _ADD_SLASH * is_front + _NAME_SERVER
    react = _react(folder / "static" / "js", named)
    if react is not None:
        first += _LOAD_EARLY.format(react=f"static/js/{react}", elements="|".join(elements))
    return page.replace(_BEFORE, links + _BEFORE).replace(_AFTER, _AFTER + first)


def first_files(root: str) -> dict[str, Path]:
    """Return the files that a browser fetches before it draws, by their addresses under a path."""
    folder = Path(file_util.get_static_dir())
    named = {name for is_front in (True, False) for name in _FILES.findall(page_html(is_front=is_front))}
    return {f"{root}/{name}": folder / name for name in named} | {
        f"{root}/{script_address(TENSOR_VIEW)}": FOLDER / TENSOR_VIEW
    }


def _react(folder: Path, named: Sequence[str]) -> str | None:
    """Return which of Streamlit's scripts has React in it; None if it cannot be told."""
    found = [name for name in named if ".lazy=" in (folder / name).read_text("utf-8")]
    return found[0] if len(found) == 1 else None


def early_scripts(elements: Sequence[str], folder: Path, *, fetched: Sequence[str]) -> list[str]:
    """Return the scripts of elements in a folder with what they import, without those that are fetched anyway.

    An element that Streamlit no longer has is left out.
    """
    wanted = [path.name for name in elements for path in folder.glob(f"{name}.*.js")]
    found: dict[str, None] = {}
    while wanted:
        name = wanted.pop(0)
        if name not in found and name not in fetched:
            found[name] = None
            wanted += _IMPORTED.findall((folder / name).read_text("utf-8"))
    return list(found)


async def _front_page(_request: Request) -> Response:
    return HTMLResponse(page_html(is_front=True), headers={"Cache-Control": "no-cache"})


async def _page(_request: Request) -> Response:
    return HTMLResponse(page_html(is_front=False), headers={"Cache-Control": "no-cache"})


async def _without_slash(request: Request) -> Response:
    slug = request.url.path.rstrip("/").rpartition("/")[2]
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"../{slug}{query}", status_code=301, headers={"Cache-Control": "no-cache"})
