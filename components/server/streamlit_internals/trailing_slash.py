"""The slash at the end of an address: the front page needs it, the other pages must not have it.

A proxy that takes a prefix off passes `…/proxy/8501` and `…/proxy/8501/` on as the same `/`. Only the browser knows
which it was. Without the slash it looks for `./static/…` beside the prefix and the page stays blank, so the front page
asks first, and adds it. On the other pages Streamlit's own redirect names a path from the root, which leaves the
prefix; ours is relative.

Read in Streamlit 1.67.0: `file_util.get_static_dir` and its `index.html`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from streamlit import file_util

_ADD: Final = """
    <script>
      if (!location.pathname.endsWith("/")) location.replace(location.pathname + "/" + location.search + location.hash)
    </script>"""
_AFTER: Final = '<meta charset="UTF-8" />'  # before anything that is fetched


def routes(slugs: Sequence[str], *, base: str = "") -> list[Route]:
    """Return the routes to put before Streamlit's own.

    Parameters
    ----------
    slugs
        The pages' addresses under the root.
    base
        The path that the server itself is told to live under; empty behind a proxy that takes it off.
    """
    root = f"/{base.strip('/')}".rstrip("/")
    pages = [Route(f"{root}/{slug}/", _without_slash, methods=["GET", "HEAD"]) for slug in slugs if slug]
    return [Route(f"{root}/", _front_page, methods=["GET", "HEAD"]), *pages]


def front_page() -> str:
    """Return Streamlit's page with the question about the slash in it.

    Raises
    ------
    ValueError
        If Streamlit's page has no place for it, after an update.
    """
    page = Path(file_util.get_static_dir(), "index.html").read_text("utf-8")
    if page.count(_AFTER) != 1:
        raise ValueError(f"Streamlit's index.html no longer has one {_AFTER!r}; find another place for the script")
    return page.replace(_AFTER, _AFTER + _ADD)


async def _front_page(_request: Request) -> Response:
    return HTMLResponse(front_page(), headers={"Cache-Control": "no-cache"})


async def _without_slash(request: Request) -> Response:
    slug = request.url.path.rstrip("/").rpartition("/")[2]
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"../{slug}{query}", status_code=301, headers={"Cache-Control": "no-cache"})
