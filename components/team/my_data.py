"""Everything the dashboard keeps about the visitor of this page; to take home and to delete."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.settings import settings
from components.core.text import escape_markdown
from components.registry import page
from components.team import audit, clock, visits
from components.team.comparisons import draw_comparisons
from components.team.errors import StoreUnavailable
from components.team.history import draw_history, history_owner
from components.team.identity import visitor
from components.team.short_links import forget, short_address
from components.team.store.comparisons import list_comparisons
from components.team.store.limits import count_used, limits_of
from components.team.store.opening import store
from components.team.store.people import erase, key_of, read_everything
from components.team.store.shared_links import Shared, list_shared_links, revoke
from components.team.store.usage import usage_by_day
from components.team.store.writer import writer
from components.ui import errors, tables
from components.ui.guide import progress
from components.ui.navigation import page_link
from components.ui.open_tab import draw_open_tab

SLUG: Final = "my-data"
USAGE_DAYS: Final = 30
_TABS: Final = "my_data_tab"
_DELETED: Final = "my_data_deleted"


def my_data() -> None:
    """Draw the page."""
    st.title(_(page(SLUG).title))
    st.markdown(_("What this dashboard keeps about you. You can view it, download it and delete it."))
    if st.session_state.pop(_DELETED, False):
        st.success(
            _("Everything about you was deleted. Texts on open pages disappear when you close them."),
            icon=":material/check_circle:",
        )
    draws: dict[str, Callable[[], None]] = {
        _("History"): _history,
        _("Comparisons"): _comparisons,
        _("Shared links"): _shared_links,
        _("Usage and limits"): _usage,
        _("Download or delete"): _take_or_delete,
    }
    try:
        draw_open_tab(draws, key=_TABS)
    except StoreUnavailable as error:
        errors.show(error)


def _history() -> None:
    if history_owner() is None:
        st.caption(_("A history is kept for members. You are a viewer here."))
        return
    if settings().keep_days is not None:
        st.caption(_("The history is deleted after {days} days.").format(days=settings().keep_days))
    draw_history()


def _comparisons() -> None:
    if not list_comparisons(store(), visitor().id):
        st.caption(
            _(
                "You have not saved a comparison yet. You can save one in the tab “Compare” of the generation "
                "playground."
            )
        )
        page_link("generation")
        return
    draw_comparisons()


def _shared_links() -> None:
    mine = list_shared_links(store(), visitor().id)
    if not mine:
        st.caption(_("You have not shared a link yet. The Export menu of every page makes short links for your team."))
        return
    for link in mine:
        _shared_link(link)


def _shared_link(link: Shared) -> None:
    with st.container(border=True, key=f"shared_{link.slug}"):
        about, button = st.columns([4, 1], gap="medium", vertical_alignment="center")
        text = " · ".join(value for name, value in link.params.items() if name in ("text", "prompt", "query") and value)
        has_expired = link.expires <= clock.now()
        until = _("expired on {day}") if has_expired else _("open until {day}")
        about.markdown(f"**{_(page(link.page).title)}** · {until.format(day=f'{link.expires:%Y-%m-%d}')}")
        about.markdown(f":gray[{escape_markdown(text[:200])}]" if text else "")
        about.code(short_address(link.slug), language=None, wrap_lines=True)
        button.button(
            _("Revoke"),
            key=f"revoke_{link.slug}",
            icon=":material/link_off:",
            on_click=_revoke,
            args=(link.slug,),
            width="stretch",
        )


def _revoke(slug: str) -> None:
    try:
        revoke(store(), visitor().id, slug)
    except StoreUnavailable as error:
        st.toast(f"{_('Nothing could be deleted.')} {error}", icon=":material/error:")
        return
    forget(slug)
    audit.record("link revoked", visitor())


def _usage() -> None:
    now = clock.now()
    with store().reading() as session:
        mine = count_used(session, key_of(session, visitor().id), now=now)
    limits = limits_of(settings()).person
    requests, tokens, money = st.columns(3, gap="medium")
    requests.metric(_("Runs in the last minute"), _of(f"{mine.requests:,}", limits.requests_per_minute), border=True)
    tokens.metric(_("Tokens today"), _of(f"{mine.tokens:,}", limits.tokens_per_day), border=True)
    money.metric(_("Cost today, US$"), _of(f"{mine.usd:.4f}", limits.usd_per_day), border=True)
    st.caption(_("A day ends at midnight UTC. A run in progress counts as the most that it may use."))
    rows = usage_by_day(store(), since=now - timedelta(days=USAGE_DAYS), person_id=visitor().id)
    if rows:
        tables.draw(
            {
                _("day"): [row.day.isoformat() for row in rows],
                _("model"): [row.model for row in rows],
                _("runs"): [row.runs for row in rows],
                _("tokens"): [row.tokens for row in rows],
                _("cost, US$"): [_("not known") if row.unpriced else f"{row.usd:.4f}" for row in rows],
            },
            placeholder="–",
            alt=_("What you used in the last {days} days").format(days=USAGE_DAYS),
        )


def _of(amount: str, limit: float | None) -> str:
    return amount if limit is None else _("{used} of {limit}").format(used=amount, limit=f"{limit:,}")


def _take_or_delete() -> None:
    take, delete = st.columns(2, gap="large")
    with take:
        st.subheader(_("Download"))
        st.markdown(
            _("One JSON file with everything that is stored about you: name, history, links, usage, log lines.")
        )
        document = json.dumps(read_everything(store(), visitor().id), ensure_ascii=False, indent=1)
        st.download_button(
            _("Download everything (JSON)"),
            document,
            "my-data.json",
            "application/json",
            key="my_data_download",
            on_click=_note_export,
            icon=":material/download:",
        )
    with delete:
        st.subheader(_("Delete it"))
        st.markdown(
            _(
                "This deletes your history, comparisons, progress and shared links. People who have such a "
                "link can no longer open it. The usage totals stay without your name; today's still count "
                "against your limits until midnight UTC. Deleting cannot be undone."
            )
        )
        sure = st.checkbox(_("I want everything about me deleted."), key="my_data_sure")
        st.button(
            _("Delete everything"),
            key="my_data_delete",
            icon=":material/delete_forever:",
            disabled=not sure,
            on_click=_delete_everything,
        )


def _note_export() -> None:
    audit.record("data exported", visitor())


def _delete_everything() -> None:
    who = visitor()
    progress.delete()
    writer().forget(who.id)
    try:
        erase(store(), who.id, now=clock.now())
    except StoreUnavailable as error:
        st.toast(f"{_('Nothing could be deleted.')} {error}", icon=":material/error:")
        return
    visits.stop_tracking()
    forget()
    writer().put("audit: data deleted", "", audit.line("data deleted", None))
    st.session_state["my_data_sure"] = False
    st.session_state[_DELETED] = True
