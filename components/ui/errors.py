"""The error boundary: a visitor sees what happened and what to do, never a traceback."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.errors import FragmentHandledException

from components.core.errors import VisitorError
from components.core.i18n import _
from components.core.text import escape_markdown
from components.operations import error_log, logs
from components.operations.logs import LogLimit

log = logging.getLogger(__name__)
log.addFilter(LogLimit())


def show(error: VisitorError, *, is_fault: bool = True) -> None:
    """Show a known fault as a message in the visitor's language.

    Parameters
    ----------
    is_fault
        Whether something failed; False for what was asked for and has to be asked for in another way, such as a text
        that is too long: the operator's list of errors does not have it.
    """
    values = {name: escape_markdown(str(value)) for name, value in error.values.items()}
    # Between two dollar signs in one line Markdown would set a formula.
    parts = [_(part).replace("$", r"\$").format(**values) for part in (error.template, error.advice) if part]
    if error.reference:
        parts.append(_("Reference for the operator of this dashboard: {reference}").format(reference=error.reference))
    if not is_fault:
        st.warning("  \n".join(parts), icon=":material/info:")
        return
    error_log.record(error)
    st.error("  \n".join(parts), icon=":material/error:")


@contextmanager
def shown_in_place() -> Iterator[None]:
    """Show a known fault where a part of a page would be drawn; the rest of the page is drawn all the same."""
    try:
        yield
    except VisitorError as error:
        show(error)


@contextmanager
def boundary() -> Iterator[None]:
    """Turn whatever a page raises into a message; the menu and the other pages go on working.

    Streamlit's own signals (stop, rerun) derive from BaseException and pass through.
    """
    try:
        yield
    except FragmentHandledException as error:  # Streamlit's word for: shown outside the boundary, if anybody could
        original = error.__context__
        if isinstance(original, Exception) and not error_log.is_recorded(original):
            _tell(original)
    except Exception as error:  # noqa: BLE001 (the outermost layer)
        _tell(error)


def show_outside_the_boundary(error: Exception) -> bool:
    """Show what a fragment that reruns alone, or a button's callback, raised; tells Streamlit that it is shown."""
    _tell(error)
    return True


def _tell(error: Exception) -> None:
    if isinstance(error, VisitorError):
        show(error)
        return
    reference = logs.ids().get("run") or logs.new_id()
    with logs.add_ids(run=reference):
        error_log.record(error)
        log.error("page failed, reference %s", reference, exc_info=error)
    st.error(
        _(
            "Something went wrong on this page. Reload it; if it happens again, tell the operator of this dashboard "
            "the reference {reference}."
        ).format(reference=reference),
        icon=":material/error:",
    )
