"""The operator's page of a team's dashboard: what goes on now, who uses how much, what went wrong, how it is set."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from components.core import settings_reference
from components.core.i18n import _
from components.core.settings import PREFIX, Settings, settings
from components.registry import page
from components.team.admin.now import draw_now
from components.team.admin.records import draw_audit_log, draw_last_errors
from components.team.admin.use import draw_people, draw_usage
from components.team.errors import StoreUnavailable
from components.ui import errors, tables
from components.ui.open_tab import draw_open_tab

SLUG: Final = "admin"
NOTHING: Final = "–"
_TABS: Final = "admin_tab"


@dataclass(frozen=True, kw_only=True)
class SettingInForce:
    """One setting.

    Attributes
    ----------
    value
        As it may be shown; `NOTHING` where nothing is set.
    """

    name: str
    value: str
    changed: bool


def read_settings(chosen: Settings) -> tuple[SettingInForce, ...]:
    """Return every setting. Pydantic writes stars for secrets, those inside of tables too."""
    shown, defaults = chosen.model_dump(mode="json"), Settings.model_construct().model_dump(mode="json")
    return tuple(
        SettingInForce(
            name=row.name,
            value=_written(shown[row.name]),
            changed=shown[row.name] != defaults[row.name],
        )
        for row in settings_reference.rows()
    )


def admin() -> None:
    """Draw the page."""
    st.title(_(page(SLUG).title))
    st.markdown(
        _("What is happening on this dashboard, and what you can do about it. Prompts and answers are not shown here.")
    )
    draws: dict[str, Callable[[], None]] = {
        _("Now"): draw_now,
        _("People"): draw_people,
        _("Usage and limits"): draw_usage,
        _("Errors"): draw_last_errors,
        _("Audit log"): draw_audit_log,
        _("Settings"): _draw_settings,
    }
    try:
        draw_open_tab(draws, key=_TABS)
    except StoreUnavailable as error:
        errors.show(error)


def _draw_settings() -> None:
    """Draw every setting with its value; of a secret only that it is set."""
    changed_only = st.toggle(_("Only settings that differ from the default"), value=True, key="admin_changed")
    found = [each for each in read_settings(settings()) if each.changed or not changed_only]
    tables.draw(
        {
            _("setting"): [each.name for each in found],
            _("value"): [each.value for each in found],
            _("variable"): [f"{PREFIX}{each.name.upper()}" for each in found],
        },
    )
    st.caption(
        _("Secrets are shown as asterisks. Settings are read once, at the start; docs/settings.md explains each one.")
    )


def _written(value: object) -> str:
    if value is None or value in ([], {}):
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and not any(isinstance(each, Mapping) for each in value):
        return ", ".join(str(each) for each in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (list, Mapping)) else str(value)
