"""Translation: the English sentence is the key, gettext catalogues hold the other languages.

Each room keeps its own catalogue (`components/<room>/messages.<language>.po`) beside the code that shows the
sentences; here they are read once and joined. Long prose is not here: lessons are Markdown files.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = {"en": "English", "ko": "한국어"}
DEFAULT_LANGUAGE: Final = "en"
SESSION_KEY: Final = "lang"  # also the link parameter: Streamlit binds a widget's key to the address

_COMPONENTS: Final = Path(__file__).resolve().parents[1]
_chosen: ContextVar[str | None] = ContextVar("language", default=None)


def N_(message: str) -> str:  # noqa: N802 (gettext's own name)
    """Mark a sentence for translation where it is defined; `_` translates it where it is shown."""
    return message


def _(message: str) -> str:
    """Give a sentence in the visitor's language, or the sentence itself where no translation exists."""
    return catalogue(language()).get(message) or message


def language() -> str:
    """Return the visitor's language code, one of `LANGUAGES`.

    What `use` says, else what the session says: a fragment reruns in a thread that never passed through app.py.
    """
    return _chosen.get() or _session_language() or DEFAULT_LANGUAGE


@contextmanager
def use(code: str) -> Iterator[None]:
    """Speak one language inside a `with` block: for a page, for exports made outside a session's thread, for tests."""
    token = _chosen.set(code)
    try:
        yield
    finally:
        _chosen.reset(token)


@cache
def catalogue(code: str) -> dict[str, str]:
    """Return the sentences of one language, joined over all rooms.

    Raises
    ------
    ValueError
        If two rooms translate the same sentence differently: a reader would see either, by chance.
    """
    if code == DEFAULT_LANGUAGE:
        return {}
    from babel.messages.pofile import read_po  # half a MB of code that English never needs

    joined: dict[str, str] = {}
    for path in sorted(_COMPONENTS.glob(f"*/messages.{code}.po")):
        with path.open("rb") as file:
            messages = read_po(file, locale=code)
        for message in messages:
            if not message.id or message.fuzzy:
                continue
            source, target = str(message.id), str(message.string)
            if joined.setdefault(source, target) != target:
                raise ValueError(f"{path.name} of {path.parent.name} translates {source!r} a second way: {target!r}")
    return joined


def _session_language() -> str | None:
    """Return the language this session chose, or None outside a session (tests, scripts)."""
    if "streamlit" not in sys.modules:
        return None
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    if get_script_run_ctx(suppress_warning=True) is None:
        return None
    chosen = st.session_state.get(SESSION_KEY)
    return chosen if chosen in LANGUAGES else None
