"""What is read of Streamlit's sessions is still there, under its name."""

from __future__ import annotations

import logging

from streamlit.error_util import handle_uncaught_app_exception
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.runtime import Runtime

from components.server.streamlit_internals import sessions


def test_the_attributes_are_set_where_streamlit_makes_them():
    assert "_session_mgr" in Runtime.__init__.__code__.co_names
    assert "_user_info" in AppSession.__init__.__code__.co_names
    assert "_cache" in MemorySessionStorage.__init__.__code__.co_names
    assert hasattr(MemorySessionStorage()._cache, "_on_remove")
    assert callable(Runtime.get_app_session)
    assert callable(Runtime.does_script_run_without_error)


def test_streamlit_logs_no_error_of_a_script_and_everything_else():
    logger = logging.getLogger("streamlit.error_util")
    before, written, handler = list(logger.filters), [], logging.Handler()
    handler.emit = lambda record: written.append(record.getMessage())
    logger.addHandler(handler)
    handle_uncaught_app_exception(ValueError("x"))
    assert len(written) == 1  # else Streamlit does not, by now
    sessions.silence_script_errors()
    try:
        handle_uncaught_app_exception(ValueError("x"))
        logger.error("something else")
    finally:
        logger.filters[:] = before
        logger.removeHandler(handler)
    assert written[1:] == ["something else"]
