"""What went wrong, and who did what: neither holds what a visitor typed, unless the deployment keeps prompts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import streamlit as st

from components.core.i18n import N_, _
from components.core.settings import settings
from components.operations import error_log
from components.team import audit
from components.team.admin.now import draw_nothing
from components.team.store.opening import store
from components.team.store.people import list_people
from components.ui import tables

_TIME: Final = "YYYY-MM-DD HH:mm:ss"
_ACTIONS: Final = {
    "signed in": N_("signed in"),
    "sign-in refused": N_("was refused a sign-in"),
    "signed out": N_("signed out"),
    "run": N_("generated"),
    "run refused": N_("was refused a run"),
    "data exported": N_("downloaded their data"),
    "data deleted": N_("deleted their data"),
    "link shared": N_("shared a link"),
    "link revoked": N_("revoked a link"),
    "model unloaded": N_("unloaded a model"),
    "run ended": N_("ended a run"),
}


def draw_last_errors() -> None:
    """Draw the last errors of this process."""
    found = error_log.recent()
    if not found:
        draw_nothing("check_circle", _("No errors since the start."))
        return
    tables.draw(
        {
            _("time"): [each.at for each in found],
            _("kind"): [each.kind for each in found],
            _("what it says"): [_said(each) for each in found],
            _("page"): [dict(each.ids).get("page") for each in found],
            _("reference"): [_reference(each) for each in found],
        },
        placeholder="–",
        column_config={_("time"): st.column_config.DatetimeColumn(format=_TIME)},
    )
    st.caption(
        _(
            "The last {most} errors since the start. Search the log for a reference to find the lines about "
            "it. Text typed by visitors is left out and shown as “…”."
        ).format(most=error_log.MOST_KEPT)
    )


def draw_audit_log() -> None:
    """Draw the newest lines of the audit log.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    found = audit.entries(store())
    if not found:
        draw_nothing("fact_check", _("The audit log is empty."))
        return
    names = {each.id: each.email or each.name for each in list_people(store())}
    columns = {
        _("time"): [each.at for each in found],
        _("person"): [_person(each.person_id, names) for each in found],
        _("action"): [_(_ACTIONS.get(each.action, each.action)) for each in found],
        _("model"): [each.model for each in found],
        _("tokens"): [each.tokens for each in found],
    }
    if settings().audit_prompts:
        columns[_("prompt")] = [each.prompt for each in found]
    tables.draw(
        columns,
        placeholder="–",
        column_config={_("time"): st.column_config.DatetimeColumn(format=_TIME)},
    )
    st.caption(
        _("The newest {most} entries. As set, prompts are recorded too.").format(most=audit.MOST_ENTRIES)
        if settings().audit_prompts
        else _("The newest {most} entries. Prompts are not recorded.").format(most=audit.MOST_ENTRIES)
    )


def _person(person_id: str | None, names: Mapping[str, str]) -> str:
    """Return what somebody is called; who was refused is known by an address alone."""
    if person_id is not None and "@" in person_id:
        return person_id
    return names.get(person_id or "", _("deleted"))


def _said(error: error_log.RecordedError) -> str:
    return re.sub(r"{.*?}", "…", _(error.what))


def _reference(error: error_log.RecordedError) -> str | None:
    ids = dict(error.ids)
    return ids.get("generation") or ids.get("run")
