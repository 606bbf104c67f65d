"""The pages that a browser opens: Streamlit's own, with where the server lives and what to fetch early written in.

The front page needs a slash at the end of its address, the other pages must not have it. A proxy that takes a prefix
off passes `…/proxy/8501` and `…/proxy/8501/` on as the same `/`. Only the browser knows which it was. Without the slash
it looks for `./static/…` beside the prefix and the page stays blank, so the front page asks first, and adds it. On the
other pages Streamlit's own redirect names a path from the root, which leaves the prefix; ours is relative.

Every page tells the browser where the server lives. By itself Streamlit's script takes the page's own address for it,
asks there in vain, and waits before it asks elsewhere. The page also names the scripts that most pages need beyond
Streamlit's first ones: they are fetched and run while the connection is made, not after the first elements have come.
Otherwise each page would be drawn twice, first with placeholders.

Read in Streamlit 1.67.0: its `index.html` and `static/js`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from components.server.streamlit_internals.web_server import STATIC
from components.ui.fetched_script import FOLDER, TENSOR_VIEW, script_address

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
_SCRIPTS: Final = STATIC / "static" / "js"
_AFTER: Final = '<meta charset="UTF-8" />'  # before anything that is fetched
_BEFORE: Final = '<link rel="stylesheet"'  # after the scripts of Streamlit's own start
_IMPORTED: Final = re.compile(r"""(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")
_FILES: Final = re.compile(r'"\./(static/[^"]+)"')
_NAMED: Final = re.compile(r'"\./static/js/([^"]+)"')


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
    page = (STATIC / "index.html").read_text("utf-8")
    for place in (_AFTER, _BEFORE):
        if page.count(place) != 1:
            raise ValueError(f"Streamlit's index.html no longer has one {place!r}; find another place for the scripts")
    elements = ON_EVERY_PAGE if is_front else ON_EVERY_PAGE + ON_OTHER_PAGES
    named = _NAMED.findall(page)
    scripts = early_scripts(elements, _SCRIPTS, fetched=named)
    early = [f"static/js/{name}" for name in scripts]
    ours = [] if is_front else [script_address(TENSOR_VIEW)]
    links = "".join(_FETCH_EARLY.format(address=address) for address in (*early, *ours))
    first = _ADD_SLASH * is_front + _NAME_SERVER
    react = _react(_SCRIPTS, named)
    if react is not None:
        first += _LOAD_EARLY.format(react=f"static/js/{react}", elements="|".join(elements))
    return page.replace(_BEFORE, links + _BEFORE).replace(_AFTER, _AFTER + first)


def first_files(root: str) -> dict[str, Path]:
    """Return the files that a browser fetches before it draws, by their addresses under a path."""
    named = {name for is_front in (True, False) for name in _FILES.findall(page_html(is_front=is_front))}
    return {f"{root}/{name}": STATIC / name for name in named} | {
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
