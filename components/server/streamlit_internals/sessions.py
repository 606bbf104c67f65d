"""Streamlit's sessions: which are connected, whose they are, when they end, the files they hold, and who waits.

Read in Streamlit 1.67.0: `Runtime` and its managers of sessions, files and numbers, `MemorySessionStorage`,
`AppSession._user_info`, the cookies of `streamlit.web.server.starlette`, `ScriptRunContext`, `ScriptRequests`,
`ThreadState`, the storage of fragments, `MediaFileManager`, `MemoryUploadedFileManager`, `streamlit.error_util`.
"""

from __future__ import annotations

import logging
import os.path
from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any, Final

import streamlit as st
from streamlit.auth_util import get_origin_from_redirect_uri
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime import exists, get_instance
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_requests import ScriptRequestType
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState
from streamlit.runtime.session_manager import SessionInfo
from streamlit.runtime.state.session_state import Serialized
from streamlit.runtime.stats import CACHE_MEMORY_FAMILY
from streamlit.web.server.starlette import starlette_websocket
from streamlit.web.server.starlette.starlette_app_utils import decode_xsrf_token_string
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME, XSRF_COOKIE_NAME

from components.server.streamlit_internals import Plain, replace
from components.ui import links
from components.ui.session import STASHED

SESSION_STARTED: Final = "_session_started"  # in the state of a session that has drawn a page
_ended: Final[list[str]] = []  # sessions that ended since the last time somebody asked


def connected_sessions() -> dict[str, AppSession]:
    """Return the sessions that are connected, by their ids; none where no server runs, as in a test."""
    sessions = getattr(get_instance(), "_session_mgr", None) if exists() else None
    return {} if sessions is None else {info.session.id: info.session for info in sessions.list_active_sessions()}


def this_session_id() -> str | None:
    """Return the id of the session that this run belongs to."""
    context = get_script_run_ctx()
    return None if context is None else context.session_id


def end_expired_sessions() -> int:
    """End the sessions whose time to come back is over, and return how many have ended since the last call.

    Streamlit drops them as the next tab closes, and they end when Python collects them. Its own loop holds on to the
    last one that it sent something to, until it sends the next message to anybody.
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
    return decode_xsrf_token_string(cookies.get(XSRF_COOKIE_NAME, ""))[0] or None


def read_stats() -> Mapping[str, Sequence[Any]]:
    """Return the numbers that Streamlit counts, without the memory of its caches: it would walk through every model."""
    manager = get_instance().stats_mgr
    return manager.get_stats([family for family in manager.registered_families() if family != CACHE_MEMORY_FAMILY])


def silence_script_errors() -> None:
    """Have Streamlit not log what a script raises: `components.ui.errors` does, with a reference and within a limit."""
    logging.getLogger("streamlit.error_util").addFilter(lambda record: record.msg != "Uncaught app execution")


def is_superseded() -> bool:
    """Return whether a waiting click will draw the fragment again that is being drawn now, or one around it.

    Such a click never interrupts a run: it waits for the end, and "Stop" would come too late.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or context.script_requests is None:
        return False
    requests, current = context.script_requests, ThreadState.get().fragment_id
    waiting = requests._rerun_data.fragment_id_queue if requests._state == ScriptRequestType.RERUN else []
    return current is not None and (current in waiting or context.fragment_storage.has_ancestor_in(current, waiting))


def stash_widget_state() -> None:
    """Take what a tab sent to a session that has drawn nothing yet. Call it before any widget is drawn.

    A tab that outlived its server sends a click and its widgets' values, and no widget is there to take them. So the
    page is first drawn as its address says; then they arrive once more (`replay_widget_state`).
    """
    context = get_script_run_ctx()
    if context is None or SESSION_STARTED in st.session_state:
        return
    arrived = context.session_state._state._new_widget_state.states
    sent: dict[str, WidgetState] = st.session_state.setdefault(STASHED, {})
    for widget, state in list(arrived.items()):
        if isinstance(state, Serialized):
            sent[widget] = state.value
            del arrived[widget]


def replay_widget_state() -> None:
    """Have what was stashed arrive now that its widgets are known. Call it after the page is drawn."""
    sent: dict[str, WidgetState] = st.session_state.pop(STASHED, {})
    st.session_state[SESSION_STARTED] = True
    context = get_script_run_ctx()
    if not sent or context is None or context.script_requests is None:
        return
    links.say_again()
    names = ("query_string", "page_script_hash", "cached_message_hashes", "context_info")
    kept = {name: getattr(context, name) for name in names}
    context.script_requests.request_rerun(RerunData(widget_states=WidgetStates(widgets=sent.values()), **kept))


def record_owners(note: Callable[[str, str], None]) -> None:
    """Have `note` told the id of each file that a session is given under `/media/`, and the id of that session.

    Streamlit serves a file to anybody who knows its address, and would delete on a busy server what a button made
    before the browser has fetched it: it leaves it unused.
    """

    def add(plain: Plain, files: MediaFileManager, *given: Any, **named: Any) -> str:  # noqa: ANN401
        address: str = plain(files, *given, **named)
        if (session := this_session_id()) is not None:
            note(file_id(address), session)
        return address

    def execute_deferred(plain: Plain, files: MediaFileManager, asked_id: str) -> str:
        address: str = plain(files, asked_id)
        with files._lock:
            asked = files._deferred_callables.get(asked_id)
            if asked is not None:  # else the session is gone meanwhile
                files._files_by_session_and_coord[asked["session_id"]][f"made for {asked_id}"] = file_id(address)
                note(file_id(address), asked["session_id"])
        return address

    replace(MediaFileManager, "add", add)
    replace(MediaFileManager, "execute_deferred", execute_deferred)


def file_id(address: str) -> str:
    """Return the id of a file, which Streamlit's address ends with, before the suffix."""
    return os.path.splitext(address.rpartition("/")[2])[0]


def delete_unused_files() -> Container[str]:
    """Delete the files that no session uses any more, and return the ids of those that there are at each moment."""
    files = get_instance().media_file_mgr
    files.remove_orphaned_files()  # Streamlit did it once as the session ended, and only marked what a button made
    return files._file_metadata


def uploaded_bytes() -> dict[str, dict[str, int]]:
    """Return the size of each uploaded file that is kept, by session and file, the oldest of a session first."""
    kept = get_instance().uploaded_file_mgr.file_storage  # type: ignore[attr-defined]
    return {session: {file: len(each.data) for file, each in list(its.items())} for session, its in list(kept.items())}


def delete_upload(session_id: str, file: str) -> None:
    """Delete an uploaded file."""
    get_instance().uploaded_file_mgr.remove_file(session_id, file)  # type: ignore[attr-defined]
