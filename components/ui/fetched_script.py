"""Scripts of components that are fetched once by an address, instead of being a part of every message.

A component of Streamlit brings its script with each message that draws it. That is right for a few kB: an address costs
a request. A long script lies in static/scripts, where Streamlit serves it beside the fonts; its address changes with
its content, so a browser may keep it.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

TENSOR_VIEW: Final = "tensor_view.js"
FOLDER: Final = Path(__file__).resolve().parents[2] / "static" / "scripts"
_LOADER: Final = """\
const address = new URL("{address}", document.baseURI).href
export default async (component) => (await import(address)).default(component)
"""


@cache
def script_address(name: str) -> str:
    """Return the address of a script, relative to that of a page."""
    digest = hashlib.blake2b((FOLDER / name).read_bytes(), digest_size=6).hexdigest()
    return f"app/static/scripts/{name}?v={digest}"


def fetched_script(name: str) -> str:
    """Return the script of a component that fetches the one with this name and does what that does."""
    return _LOADER.format(address=script_address(name))
