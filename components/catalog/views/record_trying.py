"""“Try it”: the page or panel that runs this kind of model, opened with this very model, or why it cannot be."""

from __future__ import annotations

import datetime

import streamlit as st

from components.catalog import wording
from components.catalog.blockers import Here, verdicts
from components.catalog.link import HUB, PAGE, VIEW, parameters
from components.catalog.recipes import bedrock_id
from components.catalog.records import Model
from components.catalog.trying import Trial, is_blocked, trials
from components.core.i18n import _
from components.core.policy import may
from components.core.roles import FOR_MEMBERS
from components.registry import page
from components.ui import links
from components.ui.navigation import page_link


def try_it(model: Model, day: datetime.date, here: Here) -> None:
    """Draw a way into each page or panel that runs this kind of model."""
    on_bedrock = next(verdict for verdict in verdicts(model, day, here) if verdict.where == "bedrock")
    ways = trials(model, day)
    for way in ways:
        reason = None
        if way.paid and not may("member"):
            reason = _(FOR_MEMBERS)
        elif is_blocked(way, on_bedrock):
            reason = wording.verdict_words(on_bedrock, here.free_bytes)
        _way(way, reason)
    if not any(way.paid for way in ways):
        _not_served(model, day)
    hub = next((offer.id for offer in model.offers if offer.venue == "jumpstart"), None)
    if hub:
        st.button(
            _("Its page in JumpStart"),
            icon=":material/storefront:",
            on_click=links.set_up,
            args=(PAGE, parameters(), {VIEW.name: "jumpstart", HUB.name: hub}),
        )


def _way(way: Trial, reason: str | None) -> None:
    label = _(wording.TRIALS[way.panel]) + (f" · {_('costs money, asked first')}" if way.paid else "")
    if way.page and not way.state and reason is None:
        page_link(way.page, label=label, **dict(way.link))
        return
    icon = page(way.page).icon if way.page else ":material/play_arrow:"
    key = f"try_{way.panel}" + ("_paid" if way.paid and way.page else "")
    if st.button(label, key=key, icon=icon, disabled=reason is not None, on_click=_choose, args=(way,)) and way.page:
        st.switch_page(page(way.page).path, query_params=dict(way.link))
    if reason:
        st.caption(reason)


def _choose(way: Trial) -> None:
    """Choose the model where the way leads; a panel of this page opens at once."""
    for key, value in way.state:
        st.session_state[key] = value
    if way.page is None:
        links.set_up(PAGE, parameters(), dict(way.link))


def _not_served(model: Model, day: datetime.date) -> None:
    """Say why a model that Bedrock has cannot be tried on it here."""
    on_bedrock = bedrock_id(model, day)
    outputs = model.outputs.value or ()
    if not on_bedrock:
        return
    if "text" in outputs and "speech" not in outputs:
        text = _("The playground can run it on Bedrock where `DASHBOARD_BEDROCK_MODELS` names `{id}`.")
        st.caption(text.format(id=on_bedrock))
    else:
        st.caption(_("No page here sends it a request: what it takes or gives is not text, or is edited pictures."))
