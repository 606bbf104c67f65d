"""The foundation-model catalog: find, compare and read about models; see where their parameters are."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Final

import pandas as pd
import psutil  # type: ignore[import-untyped]  # it has no stubs of its own
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.aws.answers import Overlay
from components.catalog import wording
from components.catalog.blockers import Here
from components.catalog.curated import curated_on, family_of, model, models
from components.catalog.export import result, script
from components.catalog.filters import find_models, sort_models
from components.catalog.lifecycle import model_status, offer_status, today
from components.catalog.link import COMPARED, MODEL, MOST_COMPARED, PAGE, VIEW, config, parameters
from components.catalog.records import Model
from components.catalog.views import anatomy, aws, drawing, finder, jumpstart, segment
from components.catalog.views import record as records
from components.catalog.views.guide import CHECKS, judge_attempt
from components.core.i18n import N_, _
from components.core.text import escape_markdown
from components.models.registry import record as registry_record
from components.models.registry import records as registry_records
from components.models.store import is_local
from components.ui import links
from components.ui.export import Export, export_menu
from components.ui.guide.page import close_page, open_page
from components.ui.open_tab import choose_view
from components.ui.session import fragment

_VIEWS: Final = {
    "timeline": N_("Timeline"),
    "cards": N_("Cards"),
    "table": N_("Table"),
    "compare": N_("Compare"),
    "parameters": N_("Parameters"),
    "jumpstart": "JumpStart",
    "aws": N_("AWS now"),
    "draw": N_("Draw"),
    "segment": N_("Cut out"),
}
_LISTS: Final = ("timeline", "cards", "table")
_AWS_SIGN: Final = "¹"
_DOWNLOAD_SIGN: Final = "²"
_NEEDS: Final = {_AWS_SIGN: N_("needs AWS credentials"), _DOWNLOAD_SIGN: N_("needs a download, once")}
"""By the sign behind the names of the views that need it: a letter, since the menu of a phone draws no icons."""


def page() -> None:
    slot = open_page(PAGE, parameters(), checks=CHECKS, exercise=judge_attempt)
    _draw_catalogue(slot)
    close_page(PAGE)


@fragment
def _draw_catalogue(slot: DeltaGenerator) -> None:
    """Draw the views; a click in them does not draw the guide again."""
    day = today()
    overlay = aws.ask_aws()
    view = _choose_view(overlay)
    chosen = model(st.session_state[MODEL.name])
    shown = models()
    with st.container(key=f"view_{view}"):
        if view in _LISTS:
            shown = _found(view, overlay, day)
            _with_record(view, shown, chosen, overlay, day)
        else:
            _wide(view, chosen, overlay, day)
    aws.draw_freshness(overlay, curated_on())
    with slot:
        export_menu(_export(shown, chosen, view, day))


def _choose_view(overlay: Overlay | None) -> str:
    """Draw the row of views; those that cannot work here have a sign, and below the row is what they need."""
    lacking = _find_lacking(overlay)
    names = {name: f"{_(title)} {lacking[name]}" if name in lacking else _(title) for name, title in _VIEWS.items()}
    view = choose_view(_("View"), PAGE, VIEW, tuple(_VIEWS), names)
    said = [f"{sign} {_(words)}" for sign, words in _NEEDS.items() if sign in lacking.values()]
    if said:
        st.caption(" · ".join(said))
    return view


def _find_lacking(overlay: Overlay | None) -> dict[str, str]:
    """Return the views that cannot work here, each with the sign of what it needs."""
    lacking = {} if overlay is not None and overlay.connected else {"aws": _AWS_SIGN, "draw": _AWS_SIGN}
    if not any(is_local(each) for each in registry_records(tasks=["mask-generation"])):
        lacking["segment"] = _DOWNLOAD_SIGN
    return lacking


def _found(view: str, overlay: Overlay | None, day: datetime.date) -> tuple[Model, ...]:
    """Draw the search and the filters, which only lists have, and return what fits, in the chosen order."""
    found = find_models(models(), finder.choose_filters(overlay), day)
    bar = st.container(horizontal=True, vertical_alignment="center")
    count = _("{found} of {all} models").format(found=len(found), all=len(models()))
    bar.markdown(f":gray[{count}]", width="stretch")
    if view != "timeline":
        with bar.container(width=220):
            finder.choose_order()
    return sort_models(found, st.session_state.get("catalog_order", "family"))


def _with_record(view: str, shown: Sequence[Model], chosen: Model, overlay: Overlay | None, day: datetime.date) -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        if not shown:
            st.info(_("No model matches all filters. Remove one of them."), icon=":material/filter_alt_off:")
        elif view == "timeline":
            finder.draw_timeline(shown, chosen.id, day)
        elif view == "cards":
            finder.draw_cards(shown, chosen.id, day)
        else:
            finder.draw_table(shown, day)
    with right, st.container(border=True, key="catalog_record_box"):
        records.choose_record()
        records.draw_record(chosen, day, lambda: _here(chosen, overlay))


def _wide(view: str, chosen: Model, overlay: Overlay | None, day: datetime.date) -> None:
    draws: dict[str, Callable[[], None]] = {
        "compare": lambda: _compare(day),
        "parameters": anatomy.draw_anatomy,
        "aws": lambda: aws.draw_lists(overlay),
        "jumpstart": lambda: jumpstart.draw_jumpstart(overlay),
        "draw": lambda: drawing.draw_drawing(chosen, overlay, day),
        "segment": segment.draw_segment,
    }
    draws[view]()


def _here(chosen: Model, overlay: Overlay | None) -> Here:
    fetched = chosen.registry_id is not None and is_local(registry_record(chosen.registry_id))
    return Here(
        free_bytes=psutil.virtual_memory().available,
        fetched=fetched,
        overlay=overlay,
        access=st.session_state.get(records.ACCESS, {}).get(chosen.id),
    )


def _compare(day: datetime.date) -> None:
    chosen: list[str] = st.multiselect(
        _("Models to compare, two to four"),
        COMPARED.options,
        format_func=wording.model_name,
        max_selections=MOST_COMPARED,
        **links.bound(PAGE, COMPARED),
    )
    compared = [model(model_id) for model_id in chosen[:MOST_COMPARED]]
    if len(compared) < 2:
        st.info(_("Choose two models or more."), icon=":material/compare_arrows:")
        return
    rows = {wording.model_name(one.id): _column(one, day) for one in compared}
    names = ", ".join(one.name for one in compared)
    st.table(pd.DataFrame(rows), border="horizontal", alt=_("Compared: {names}").format(names=names))


def _column(one: Model, day: datetime.date) -> dict[str, str]:
    family = family_of(one.id)
    status = model_status(one, day)
    sizes = "; ".join(wording.size_words(size) for size in one.parameters.value or ())
    return {
        _("Developer"): escape_markdown(family.developer.value or ""),
        _("Architecture"): wording.describe_fact(
            one.kind, _(wording.KINDS[one.kind.value]) if one.kind.value else None
        ),
        _("Reads"): wording.describe_codes(wording.MODALITIES, one.inputs),
        _("Writes"): wording.describe_codes(wording.MODALITIES, one.outputs),
        _("Parameters"): wording.describe_fact(one.parameters, sizes),
        _("Context"): wording.describe_fact(one.context, wording.describe_context(one)),
        _("Licence"): wording.describe_licence(one.licence),
        _("Where it runs"): _where(one, day),
        _("What it is for"): wording.words(family.uses),
        _("Tasks"): wording.describe_codes(wording.TASKS, one.tasks),
        _("Status"): f":{wording.STATUS_COLOURS[status]}-badge[{_(wording.STATUSES[status])}]",
        _("Released"): wording.describe_fact(one.released),
        _("Languages"): wording.language_words(one.languages),
    }


def _where(one: Model, day: datetime.date) -> str:
    """Return the places where a model can be run on a day; what has ended is none."""
    living = [wording.VENUES[offer.venue] for offer in one.offers if offer_status(offer, day) != "ended"]
    weights = [_(wording.PLACES["weights"])] if one.open_weights.value else []
    return ", ".join(dict.fromkeys(weights + living)) or f":gray[{_('nowhere, as far as we know')}]"


def _export(shown: Sequence[Model], chosen: Model, view: str, day: datetime.date) -> Export:
    values = {parameter.name: st.session_state[parameter.name] for parameter in parameters()}
    counting = anatomy.describe_counting(values[config().name]) if view == "parameters" else None
    return Export(
        page=PAGE,
        params=values,
        model=chosen.id,
        result=lambda: result(shown, day, counting),
        script=lambda: script(shown, day, values, counting),
        figure=anatomy.TREEMAP_CHART if counting else finder.TIMELINE_CHART,
    )
