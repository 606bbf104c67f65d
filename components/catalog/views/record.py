"""One record: what the model is, how it works, its life, how to use it, why it may not run here, and the sources."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from components.aws.answers import Overlay
from components.aws.overlay import LIMIT_S, availability
from components.aws.problems import PROBLEMS, CallFailed
from components.catalog import wording
from components.catalog.blockers import Here, verdicts
from components.catalog.curated import family_of
from components.catalog.diagrams import diagram
from components.catalog.lifecycle import model_status, offer_status
from components.catalog.link import HUB, MODEL, PAGE, TAB, TABS, VIEW, config, parameters
from components.catalog.recipes import bedrock_id, living_bedrock_ids, recipes
from components.catalog.records import Fact, Model, Offer, Source
from components.catalog.trials import Trial, is_blocked, trials
from components.catalog.views.finder import open_record
from components.core.i18n import _
from components.core.policy import may
from components.core.roles import FOR_MEMBERS
from components.core.text import escape_markdown
from components.registry import page
from components.ui import links
from components.ui.navigation import page_link, switch_page

_COSTS_ICON: Final = ":material/payments:"
_REASON_ICONS: Final[Mapping[str, str]] = {"open": ":green[:material/check_circle:]"}
_CLOSED_ICON: Final = ":gray[:material/block:]"
ACCESS: Final = "catalog_access"
"""Where the session keeps what Bedrock said about calling a model, by record."""
_ACCESS_PROBLEM: Final = "catalog_access_problem"
_OPEN_TAB: Final = "catalog_record"
_ASKED_TAB: Final = "_catalog_record_asked"


def choose_record() -> None:
    """Draw the choice of the record."""
    st.selectbox(
        _("Record"),
        MODEL.options,
        format_func=wording.model_name,
        label_visibility="collapsed",
        **links.bound(PAGE, MODEL),
    )


def draw_record(model: Model, day: datetime.date, here: Callable[[], Here]) -> None:
    """Draw a record.

    Parameters
    ----------
    here
        Looks up what this machine has; called only for the tab that needs it.
    """
    status = model_status(model, day)
    family = family_of(model.id)
    badge = f":{wording.STATUS_COLOURS[status]}-badge[{_(wording.STATUSES[status])}]"
    weights = f" :blue-badge[{_('Open weights')}]" if model.open_weights.value else ""
    maker = escape_markdown(family.developer.value or "")
    st.markdown(f"{badge}{weights} &nbsp; {maker}")
    titles = (_("About"), _("Inside"), _("Life"), _("Use it"), _("Why not here?"), _("Sources"))
    _follow_link(dict(zip(TABS, titles, strict=True)))
    draws: tuple[Callable[[], None], ...] = (
        lambda: _about(model),
        lambda: _works(model),
        lambda: _life(model, day, here().overlay),
        lambda: _use(model, day, here()),
        lambda: _places(model, day, here()),
        lambda: _sources(model),
    )
    for tab, draw in zip(st.tabs(titles, key=_OPEN_TAB, on_change=_publish_tab, args=(titles,)), draws, strict=True):
        if tab.open:
            with tab:
                draw()


def _follow_link(titles: Mapping[str, str]) -> None:
    """Open the tab that the link names, where it names another than before."""
    wanted = titles[st.session_state[TAB.name]]
    if st.session_state.get(_ASKED_TAB) != wanted or st.session_state.get(_OPEN_TAB) not in titles.values():
        st.session_state[_OPEN_TAB] = st.session_state[_ASKED_TAB] = wanted


def _publish_tab(titles: Sequence[str]) -> None:
    opened = st.session_state[_OPEN_TAB]
    st.session_state[_ASKED_TAB] = opened
    st.session_state[TAB.name] = TABS[titles.index(opened)]
    links.publish(PAGE, TAB)


def _about(model: Model) -> None:
    family = family_of(model.id)
    st.markdown(wording.words(family.about))
    st.markdown("**" + _("What it is for") + "** · " + wording.words(family.uses))
    numbers = _numbered(model)
    sizes = wording.describe_fact(
        model.parameters, "; ".join(wording.size_words(size) for size in model.parameters.value or ())
    )
    rows: tuple[tuple[str, str, Fact[Any]], ...] = (
        (_("Released"), wording.describe_fact(model.released), model.released),
        (_("Architecture"), _kind(model), model.kind),
        (_("Reads"), wording.describe_codes(wording.MODALITIES, model.inputs), model.inputs),
        (_("Writes"), wording.describe_codes(wording.MODALITIES, model.outputs), model.outputs),
        (_("Tasks"), wording.describe_codes(wording.TASKS, model.tasks), model.tasks),
        (_("Parameters"), sizes, model.parameters),
        (_("Context"), wording.describe_fact(model.context, wording.describe_context(model)), model.context),
        (_("Licence"), wording.describe_licence(model.licence), model.licence),
        (_("Languages"), wording.language_words(model.languages), model.languages),
    )
    table = pd.DataFrame({model.name: {label: text + _marks(fact, numbers) for label, text, fact in rows}})
    st.table(table, border="horizontal", hide_header=True, alt=_("Facts about {model}").format(model=model.name))
    if model.note:
        st.caption(wording.words(model.note))


def _works(model: Model) -> None:
    kind = model.kind.value
    if kind is None:
        st.markdown(
            _(wording.NOT_PUBLISHED) if model.kind.missing == "not published" else wording.describe_fact(model.kind)
        )
        return
    st.markdown(f"**{_(wording.KINDS[kind])}** · {_(wording.HOW[kind])}")
    st.mermaid_chart(diagram(kind), alt=_(wording.HOW[kind]))
    preset = next((size.preset for size in model.parameters.value or () if size.preset), None)
    if preset:
        st.button(
            _("Where are its parameters?"),
            icon=":material/account_tree:",
            on_click=links.set_up,
            args=(PAGE, parameters(), {VIEW.name: "parameters", config().name: preset}),
        )


def _life(model: Model, day: datetime.date, overlay: Overlay | None) -> None:
    if model.open_weights.value:
        st.markdown(_("The weights are published, so the model can be kept and run even after a service ends."))
    if model.offers:
        rows = [(offer, offer_status(offer, day)) for offer in model.offers]
        table = pd.DataFrame(
            {
                _("Status"): [
                    f":{wording.STATUS_COLOURS[status]}-badge[{_(wording.STATUSES[status])}]" for _offer, status in rows
                ],
                _("Where"): [f"{wording.VENUES[offer.venue]}  \n`{offer.id}`" for offer, _status in rows],
                _("Dates"): [wording.life(offer, day) + _now(offer, overlay) for offer, _status in rows],
            }
        )
        st.table(table, border="horizontal", hide_index=True, alt=_("Life of {model}").format(model=model.name))
    if model.successors.value:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_("What came after:"), width="content")
            for successor in model.successors.value:
                _successor(successor)
    else:
        st.markdown(_("What came after:") + " " + wording.describe_fact(model.successors))


def _now(offer: Offer, overlay: Overlay | None) -> str:
    """Return what AWS says about an offer now, which counts for more than what was read before."""
    if overlay is None or offer.venue != "bedrock" or not overlay.models:
        return ""
    return "  \n:blue[" + wording.live(overlay.bedrock(offer.id), overlay.region or "") + "]"


def _successor(successor: str) -> None:
    if successor not in MODEL.options:
        st.markdown(escape_markdown(successor), width="content")
        return
    name = wording.model_name(successor)
    st.button(name, key=f"successor_{successor}", on_click=open_record, args=(successor,))


def _use(model: Model, day: datetime.date, here: Here) -> None:
    overlay = here.overlay
    curated = bedrock_id(model, day)
    bare = living_bedrock_ids(model, day)
    live = next((found for found in (overlay.callable_id(name) for name in bare) if found), None) if overlay else None
    found = recipes(model, day, callable_id=live or curated)
    _try_it(model, day, here)
    if not found:
        st.markdown(_("There is no way left to run it: its weights were not published and its services have ended."))
    for recipe in found:
        st.markdown(f"**{wording.WAYS[recipe.way]}** · `pip install {recipe.packages}`")
        if recipe.costs:
            st.caption(
                f"{_COSTS_ICON} "
                + _("Running this code costs money on your AWS account. This page itself runs none of it.")
            )
        st.code(recipe.code, language="python", wrap_lines=True)


def _places(model: Model, day: datetime.date, here: Here) -> None:
    for verdict in verdicts(model, day, here):
        icon = _REASON_ICONS.get(verdict.reason, _CLOSED_ICON)
        st.markdown(
            f"{icon} **{_(wording.PLACES_ASKED[verdict.where])}** · {wording.verdict_words(verdict, here.free_bytes)}"
        )
        if verdict.where == "bedrock" and verdict.reason == "open":
            st.button(
                _("May this account call it?"),
                on_click=_ask_access,
                args=(model, day),
                key=f"ask_access_{model.id}",
                help=_("This asks Bedrock (GetFoundationModelAvailability) and costs nothing."),
            )
    problem = st.session_state.pop(_ACCESS_PROBLEM, None)
    if problem:
        st.warning(_(PROBLEMS[problem]).format(limit=int(LIMIT_S)), icon=":material/cloud_off:")


def _ask_access(model: Model, day: datetime.date) -> None:
    bare = living_bedrock_ids(model, day)
    try:
        found = availability(bare[0])
    except CallFailed as error:
        st.session_state[_ACCESS_PROBLEM] = error.problem
        return
    st.session_state[ACCESS] = {**st.session_state.get(ACCESS, {}), model.id: found}


def _sources(model: Model) -> None:
    st.markdown(_("The date says for which day the source is valid."))
    lines = []
    for number, source in enumerate(_numbered(model), start=1):
        links_written = " ".join(f"[{_('open')} ↗]({url})" for url in source.url)
        lines.append(f"{number}. {escape_markdown(source.title)} · {source.as_of} · {links_written}")
    st.markdown("\n".join(lines))


def _numbered(model: Model) -> list[Source]:
    """Return the sources of a record in the order in which they are first used."""
    family = family_of(model.id)
    facts = (getattr(model, name) for name in type(model).model_fields)
    used = [*family.about.source, *family.uses.source, *family.developer.source]
    for fact in facts:
        used += fact.source if isinstance(fact, Fact) else ()
    for offer in model.offers:
        used += offer.source
    return list(dict.fromkeys(used))


def _marks(fact: Fact[Any], numbers: list[Source]) -> str:
    """Return the numbers of a fact's sources, and a sign where sources disagree."""
    found = ", ".join(str(numbers.index(source) + 1) for source in fact.source)
    sign = f" :orange[{_('sources differ')}]" if fact.conflict else ""
    return (f" :gray[:small[\\[{found}\\]]]" if found else "") + sign


def _kind(model: Model) -> str:
    return wording.describe_fact(model.kind, _(wording.KINDS[model.kind.value]) if model.kind.value else None)


def _try_it(model: Model, day: datetime.date, here: Here) -> None:
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
    label = _(wording.TRIALS[way.panel]) + (f" · {_('costs money, asks first')}" if way.paid else "")
    if way.page and not way.state and reason is None:
        page_link(way.page, label=label, **dict(way.link))
        return
    icon = page(way.page).icon if way.page else ":material/play_arrow:"
    key = f"try_{way.panel}" + ("_paid" if way.paid and way.page else "")
    if (
        st.button(label, key=key, icon=icon, disabled=reason is not None, on_click=_choose_way, args=(way,))
        and way.page
    ):
        switch_page(way.page, **dict(way.link))
    if reason:
        st.caption(reason)


def _choose_way(way: Trial) -> None:
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
        st.caption(
            _("No page here sends requests to this model: its input or output is not text, or it edits pictures.")
        )
