"""The visitor's session, for what computes for it: whose it is, its name in fair queues, and the moment to stop."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import wraps
from typing import Final, Literal, ParamSpec

import streamlit as st
from streamlit.errors import StreamlitInvalidLayoutContextError

from components.core import policy
from components.core.i18n import language, use
from components.ui import errors

_NAME: Final = "_session_name"
_DRAWN_ANEW: Final = "_page_drawn_for_a_fragment"

P = ParamSpec("P")
KnownBy = Literal["account", "browser", "address"]

STASHED: Final = "_sent_by_an_older_tab"
"""In the state of a session: what a tab that outlived its server sent, until its page is drawn."""


def _no_token(_cookies: Mapping[str, str]) -> bytes | None:
    return None


_browser_token: Callable[[Mapping[str, str]], bytes | None] = _no_token


def recognize_browsers_with(browser_token: Callable[[Mapping[str, str]], bytes | None]) -> None:
    """Have the server say what in the cookies is the same in all tabs of a browser."""
    global _browser_token  # noqa: PLW0603 (one server for the process)
    _browser_token = browser_token


class Superseded(BaseException):
    """The visitor wants this fragment drawn anew: what it computes now is not wanted any more.

    No `Exception`, so that nothing on the way takes it for a fault.
    """


def _never() -> bool:
    return False


_is_superseded: Callable[[], bool] = _never


def supersede_with(is_superseded: Callable[[], bool]) -> None:
    """Have the server say whether a newer click waits for the fragment that computes."""
    global _is_superseded  # noqa: PLW0603 (one server for the process)
    _is_superseded = is_superseded


def checkpoint() -> None:
    """Let Streamlit stop this run: it looks whenever the session's state is touched.

    Raises
    ------
    Superseded
        In a `fragment` that is to be drawn again.
    """
    "checkpoint" in st.session_state  # noqa: B015 (looking is the point)
    if _is_superseded():
        raise Superseded


def fragment(draw: Callable[P, None], *, name: str | None = None) -> Callable[P, None]:
    """Draw a part of a page as a fragment whose computation ends at the next click in it.

    Streamlit's own fragment runs to its end before it is drawn again. The language is that of the session: a fragment
    alone has not passed through app.py, which sets it for a page, and each sentence would ask the session for it.

    Parameters
    ----------
    name
        With it the callback of a widget elsewhere can have this part drawn again: see `redraw`.
    """

    @wraps(draw)
    def draw_until_superseded(*args: P.args, **kwargs: P.kwargs) -> None:
        with suppress(Superseded), errors.boundary(), use(language()):
            try:
                draw(*args, **kwargs)
            except StreamlitInvalidLayoutContextError:
                # A click ended the last run of the page before it came here, so what is outside has no place yet.
                if st.session_state.get(_DRAWN_ANEW):
                    raise
                st.session_state[_DRAWN_ANEW] = True
                st.rerun()
            st.session_state.pop(_DRAWN_ANEW, None)

    drawn: Callable[P, None] = st.fragment(draw_until_superseded, key=name)
    return drawn


def redraw(*names: str) -> None:
    """Have parts of the page drawn again that are fragments with these names: the end of a widget's callback."""
    st.rerun(names)


def awaits_replay() -> bool:
    """Say whether this run only prepares the next one (`STASHED`): it should begin nothing."""
    return bool(st.session_state.get(STASHED))


def session() -> str:
    """Return the name of this session in fair queues: `person/session`. It says nothing about the visitor."""
    kind, name = person()
    return f"{kind}-{name}/{st.session_state.setdefault(_NAME, secrets.token_hex(8))}"


def person() -> tuple[KnownBy, str]:
    """Return what tells this visitor from others, and a name that is the same in each of their tabs.

    In a team that is the account. Otherwise it is the browser: its cookie against forged uploads, whose token stays the
    same while the cookie's text changes. A client without that cookie is known by its address, as everybody is behind
    Studio's proxy, where there is one person. The address is the one of the connection, or the one that a proxy names
    which uvicorn trusts (FORWARDED_ALLOW_IPS; the same machine, if not set). A client that makes up cookies is many
    persons.
    """
    if (found := policy.account()) is not None:
        return "account", _hashed(found.id.encode())
    token = _browser_token(st.context.cookies)
    if token is not None:
        return "browser", _hashed(token)
    return "address", _hashed(str(st.context.ip_address).encode())


def _hashed(known: bytes) -> str:
    return hashlib.sha256(known).hexdigest()[:16]
