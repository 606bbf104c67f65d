"""How this dashboard is set."""

from __future__ import annotations

import streamlit as st

from components.core.i18n import _
from components.core.settings import PREFIX, settings
from components.team.admin.in_force import in_force


def settings_in_force() -> None:
    """Draw every setting with its value; of a secret only that it is set."""
    changed_only = st.toggle(_("Only what differs from the default"), value=True, key="admin_changed")
    found = [each for each in in_force(settings()) if each.changed or not changed_only]
    st.dataframe(
        {
            _("setting"): [each.name for each in found],
            _("value"): [each.value for each in found],
            _("variable"): [f"{PREFIX}{each.name.upper()}" for each in found],
        },
        hide_index=True,
    )
    st.caption(
        _("Secrets are shown as stars. Settings are read once, at the start; docs/settings.md says what each means.")
    )
