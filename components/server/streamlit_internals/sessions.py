"""Streamlit's sessions: which are connected, whose they are, the end of those that do not come back, and who waits.

A click in a fragment never interrupts a run: it waits for the end, and "Stop" would come too late. What computes in a
fragment can ask here whether the same fragment, or one around it, is to be drawn again, and leave.

Read in Streamlit 1.67.0: `Runtime._session_mgr` and its storage, `AppSession._user_info`, the cookies of
`streamlit.web.server.starlette`, the logger of what a script raises; `ScriptRequests` (`_state`, `_rerun_data`),
`ThreadState` and the storage of fragments, all in `streamlit.runtime`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from streamlit.auth_util import get_origin_from_redirect_uri
from streamlit.runtime import exists, get_instance
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState
from streamlit.runtime.session_manager import SessionInfo
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME, XSRF_COOKIE_NAME

_SCRIPT_ERRORS: Final = "streamlit.error_util"
_SCRIPT_ERROR: Final = "Uncaught app execution"

_ended: Final[list[str]] = []
"""Sessions that ended since the last time somebody asked."""


def session_of(session_id: str) -> AppSession | None:
    """Return a session that is connected."""
    return get_instance().get_app_session(session_id)


def connected_sessions() -> list[AppSession]:
    """Return the sessions that are connected; none where no server runs, as in a test."""
    sessions = getattr(get_instance(), "_session_mgr", None) if exists() else None
    return [] if sessions is None else [info.session for info in sessions.list_active_sessions()]


def is_anybody_connected() -> bool:
    """Return whether a session is connected."""
    return bool(get_instance()._session_mgr.num_active_sessions())


def this_session_id() -> str | None:
    """Return the id of the session that this run belongs to."""
    context = get_script_run_ctx()
    return None if context is None else context.session_id


def end_expired_sessions() -> int:
    """End the sessions whose time to come back is over, and return how many have ended since the last call.

    Streamlit drops them, and they end when Python collects them. Its own loop holds on to the last one that it sent
    something to, until it sends the next message to anybody: the files of the last visitor would stay.
    """
    sessions = get_instance()._session_mgr
    stored = sessions._session_storage._cache  # type: ignore[attr-defined]

    def end(session_id: str, info: SessionInfo) -> None:
        if not sessions.is_active_session(session_id):  # else it came back
            info.session.shutdown()
            _ended.append(session_id)

    stored._on_remove = end  # also for those that Streamlit itself drops from now on, to make place
    stored.expire()
    ended = len(_ended)
    _ended.clear()
    return ended


async def try_script() -> tuple[bool, str]:
    """Run app.py in a session that is thrown away; return whether it ran, and what Streamlit says about it."""
    return await get_instance().does_script_run_without_error()


def claims_of(session: AppSession) -> Mapping[str, object]:
    """Return what the provider says of the person who signed in to a session."""
    return session._user_info


def claims_in(cookies: Mapping[str, str]) -> Mapping[str, object]:
    """Return what the signed cookie says of the person who signed in; nothing without one that is ours."""
    origin = get_origin_from_redirect_uri()
    cookie = starlette_websocket._get_signed_cookie_with_chunks(dict(cookies), USER_COOKIE_NAME)
    return {} if origin is None or cookie is None else starlette_websocket._parse_decoded_user_cookie(cookie, origin)


def browser_token(cookies: Mapping[str, str]) -> bytes | None:
    """Return what is the same in all tabs of a browser: the token against forged uploads, from Streamlit's cookie."""
    token, _made_s = decode_xsrf_token_string(cookies.get(XSRF_COOKIE_NAME, ""))
    return token or None


def silence_script_errors() -> None:
    """Have Streamlit not log what a script raises: `components.ui.errors` does, with a reference and within a limit."""
    logging.getLogger(_SCRIPT_ERRORS).addFilter(_is_no_script_error)


def _is_no_script_error(record: logging.LogRecord) -> bool:
    return record.msg != _SCRIPT_ERROR


def is_superseded() -> bool:
    """Return whether a waiting click will draw the fragment again that is being drawn now."""
    context = get_script_run_ctx(suppress_warning=True)
    requests = None if context is None else context.script_requests
    if context is None or requests is None or requests._state != ScriptRequestType.RERUN:
        return False
    current = ThreadState.get().fragment_id
    waiting = requests._rerun_data.fragment_id_queue
    if current is None or not waiting:
        return False
    return current in waiting or context.fragment_storage.has_ancestor_in(current, waiting)
