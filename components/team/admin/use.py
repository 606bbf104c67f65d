"""Who comes, and who uses how much of which model."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import streamlit as st

from components.core.i18n import N_, _
from components.core.settings import settings
from components.team import clock
from components.team.admin.now import draw_nothing
from components.team.store.limits import count_used, limits_of
from components.team.store.opening import store
from components.team.store.people import list_people
from components.team.store.usage import usage_by_day
from components.ui import tables

DAYS: Final = 30
_SEEN: Final = (N_("last seen"), N_("first seen"))
_ROLES: Final = {"viewer": N_("viewer"), "member": N_("member"), "admin": N_("admin")}


def draw_people() -> None:
    """Draw everybody who was here.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    found = list_people(store())
    if not found:
        draw_nothing("group", _("Nobody has been here yet."))
        return
    tables.draw(
        {
            _("name"): [each.name for each in found],
            _("address"): [each.email for each in found],
            _("role"): [_(_ROLES.get(each.role, each.role)) for each in found],
            _("last seen"): [each.last_seen for each in found],
            _("first seen"): [each.first_seen for each in found],
        },
        placeholder="–",
        column_config={_(name): st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm") for name in _SEEN},
    )
    st.caption(_("Roles come from the settings. After a change there, start the dashboard again."))


def draw_usage() -> None:
    """Draw the limits with what counts against them today, then the last days.

    Raises
    ------
    StoreUnavailable
        If the database does not answer.
    """
    limits, now = limits_of(settings()), clock.now()
    with store().reading() as session:
        today = count_used(session, None, now=now)
    with st.container(horizontal=True):
        st.metric(_("Runs in the last minute"), f"{today.requests:,}", border=True)
        st.metric(_("Tokens today"), f"{today.tokens:,}", border=True)
        st.metric(_("Cost today, US$"), f"{today.usd:,.2f}", border=True)
    tables.draw(
        {
            _("limit"): [_("runs per minute"), _("tokens per day"), _("US dollars per day")],
            _("per person"): [_limit(each) for each in _three(limits.person)],
            _("for the whole team"): [_limit(each) for each in _three(limits.everybody)],
        },
        placeholder="–",
    )
    st.subheader(_("The last {days} days").format(days=DAYS))
    days = usage_by_day(store(), since=clock.day_of(now) - timedelta(days=DAYS - 1))
    if not days:
        draw_nothing("bar_chart", _("Nothing was generated in this time."))
        return
    names = {each.id: each.email or each.name for each in list_people(store())}
    tables.draw(
        {
            _("day"): [each.day for each in days],
            _("person"): [names.get(each.person_id or "", _("deleted")) for each in days],
            _("model"): [each.model for each in days],
            _("engine"): [each.engine for each in days],
            _("runs"): [each.runs for each in days],
            _("tokens"): [each.tokens for each in days],
            _("US dollars"): [None if each.unpriced == each.runs else each.usd for each in days],
        },
        placeholder="–",
        column_config={_("US dollars"): st.column_config.NumberColumn(format="%.4f")},
    )
    st.caption(_("Where the price is not known, the amount is empty. Days are in UTC."))


def _three(limits: object) -> tuple[float | None, ...]:
    return tuple(getattr(limits, name) for name in ("requests_per_minute", "tokens_per_day", "usd_per_day"))


def _limit(value: float | None) -> str:
    return _("no limit") if value is None else f"{value:,}"
