"""The operator's page of a team's dashboard: what goes on now, who uses how much, what went wrong, how it is set."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.registry import page
from components.team.admin.now import now
from components.team.admin.records import audit_log, last_errors
from components.team.admin.settings import settings_in_force
from components.team.admin.use import people, usage
from components.team.errors import StoreUnavailable
from components.ui import errors
from components.ui.open_tab import draw_open_tab

SLUG: Final = "admin"
_TABS: Final = "admin_tab"


def admin() -> None:
    """Draw the page."""
    st.title(_(page(SLUG).title))
    st.markdown(
        _("What happens on this dashboard, and what you can do about it. Prompts and answers are not shown here.")
    )
    draws: dict[str, Callable[[], None]] = {
        _("Now"): now,
        _("People"): people,
        _("Usage and limits"): usage,
        _("Errors"): last_errors,
        _("Audit log"): audit_log,
        _("Settings"): settings_in_force,
    }
    try:
        draw_open_tab(draws, key=_TABS)
    except StoreUnavailable as error:
        errors.show(error)
