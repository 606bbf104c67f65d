"""Finding models: the search and filters, and the results as a timeline, cards or a table."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final, get_args

import streamlit as st

from components.aws.answers import Overlay
from components.catalog import figures, wording
from components.catalog.blockers import why_unlisted
from components.catalog.curated import families, family_of
from components.catalog.filters import ANY, Filters, LicenceClass, Order, Place, largest, smallest
from components.catalog.lifecycle import model_status
from components.catalog.link import FAMILY, LISTED, MODALITY, MODEL, PAGE, PROVIDER, STATUS, WORDS, parameters
from components.catalog.records import Kind, Model, Task
from components.core.i18n import _
from components.core.text import escape_markdown
from components.ui import charts, links, tables
from components.ui.guide import position

TIMELINE_CHART: Final = "catalog_timeline"
CARDS_A_PAGE: Final = 8

_FILTER_PX: Final = 155
_REASON_PX: Final = 320  # a long line would widen the box it stands in
_SET_UP_AT: Final = "_catalog_set_up_at"
_MORE: Final = ("kind", "task", "licence", "place", "weights", "size", "context")
_SIZES: Final = (0, 10**8, 10**9, 10**10, 10**11, 10**12)
_CONTEXTS: Final = (0, 1_000, 4_000, 32_000, 128_000, 1_000_000)


def choose_filters(overlay: Overlay | None) -> Filters:
    """Draw the search and the filters, and return what is wanted.

    Parameters
    ----------
    overlay
        What AWS answered; only with its list of models is there a filter for what Bedrock lists now.
    """
    # A row that wraps: on a phone the filters stand two by two, so that the models are not a screen away.
    row = st.container(horizontal=True, vertical_alignment="bottom", gap="small")
    words = row.text_input(
        _("Search"),
        placeholder=_("name, id, task …"),
        icon=":material/search:",
        **links.bound(PAGE, WORDS),
    )
    provider = _select(row, _("Developer"), PROVIDER, lambda code: wording.name_or_all(wording.PROVIDERS, code))
    family = _select(row, _("Family"), FAMILY, lambda code: _(wording.EVERYTHING) if code == ANY else _family(code))
    modality = _select(row, _("Reads or writes"), MODALITY, lambda code: wording.name_or_all(wording.MODALITIES, code))
    status = _select(row, _("Status"), STATUS, lambda code: wording.name_or_all(wording.STATUSES, code))
    with row.popover(_("More"), icon=":material/tune:"):
        more = _more()
        reason = _why_unlisted(overlay)
        wish = _listed(overlay, reason)
    if wish != ANY and reason:
        st.caption(_("The filter “Listed by Bedrock now” is off.") + " " + reason)
    listed = frozenset(row.id for row in overlay.models) if wish != ANY and overlay and not reason else None
    return Filters(
        words=words, provider=provider, family=family, modality=modality, status=status, listed=listed, **more
    )


def choose_order() -> Order:
    """Draw the choice of an order."""
    names = {code: _(name) for code, name in wording.ORDERS.items()}
    chosen: Order = st.selectbox(
        _("Order"),
        get_args(Order),
        format_func=names.__getitem__,
        key="catalog_order",
        persist_state="session",
        label_visibility="collapsed",
    )
    return chosen


def draw_timeline(models: Sequence[Model], chosen: str, day: datetime.date) -> None:
    """Draw the timeline; a click on a point opens its record."""
    drawn = figures.timeline(models, chosen, day)
    charts.draw(drawn, key=TIMELINE_CHART, on_select=_open_clicked, selection_mode=("points",))
    undated = [model.name for model in models if not figures.is_drawn(model, day)]
    if undated:
        with st.popover(_("Not drawn: {count}").format(count=len(undated)), type="tertiary"):
            st.markdown(_("No source gives the day on which these models were released:"))
            st.markdown(escape_markdown(", ".join(undated)))


def draw_cards(models: Sequence[Model], chosen: str, day: datetime.date) -> None:
    """Draw the results as cards, a page at a time."""
    pages = max(1, -(-len(models) // CARDS_A_PAGE))
    if st.session_state.get("catalog_cards", 1) > pages:
        st.session_state["catalog_cards"] = 1
    area = st.container()
    page = st.pagination(pages, key="catalog_cards") if pages > 1 else 1
    shown = models[(page - 1) * CARDS_A_PAGE : page * CARDS_A_PAGE]
    with area:
        # Row by row: on a phone, where columns stack, the order stays.
        for pair in zip_longest(shown[::2], shown[1::2]):
            for model, column in zip(pair, st.columns(2), strict=True):
                if model:
                    with column.container(
                        border=True, gap=None, height="stretch", key=f"card_{model.id.replace('.', '_')}"
                    ):
                        _card(model, is_open=model.id == chosen, day=day)


def draw_table(models: Sequence[Model], day: datetime.date) -> None:
    """Draw the results as a table; a click on a row opens its record."""
    columns = {
        _("Model"): [model.name for model in models],
        _("Status"): [_(wording.STATUSES[model_status(model, day)]) for model in models],
        _("Released"): [model.released.value for model in models],
        _("Parameters"): [largest(model) for model in models],
        _("Context"): [model.context.value for model in models],
        _("Licence"): [wording.name_licence(model.licence.value) for model in models],
        _("Developer"): [wording.PROVIDERS[family_of(model.id).provider] for model in models],
    }
    number = st.column_config.NumberColumn
    tables.draw(
        columns,
        height=460,
        placeholder="–",
        key="catalog_table",
        on_select=lambda: _open_row(models),
        selection_mode="single-row",
        column_config={
            _("Parameters"): number(format="compact", help=_("Of the largest size.")),
            _("Context"): number(format="compact", help=_("Longest input in tokens.")),
        },
        alt=_("Models found: {count}").format(count=len(models)),
    )


def open_record(model_id: str) -> None:
    """Open a record: for callbacks."""
    links.set_up(PAGE, parameters(), {MODEL.name: model_id})


def _select(place: Any, label: str, parameter: Any, words: Callable[[str], str]) -> str:  # noqa: ANN401 (a Streamlit container)
    names = {code: words(code) for code in parameter.options}
    chosen: str = place.selectbox(
        label, parameter.options, format_func=names.__getitem__, width=_FILTER_PX, **links.bound(PAGE, parameter)
    )
    return chosen


def _family(code: str) -> str:
    return next(family.name for family in families() if family.id == code)


def _more() -> dict[str, Any]:
    """Draw the filters that are not part of the link."""
    keys = {name: f"catalog_{name}" for name in _MORE}
    _reset_at_a_step(keys)

    def choose(name: str, label: str, options: tuple[str, ...], names: Any) -> str:  # noqa: ANN401 (code to label)
        labels = {code: wording.name_or_all(names, code) for code in (ANY, *options)}
        chosen: str = st.selectbox(
            label,
            labels,
            format_func=labels.__getitem__,
            key=keys[name],
            persist_state="session",
        )
        return chosen

    kind = choose("kind", _("Architecture"), get_args(Kind), wording.KINDS)
    task = choose("task", _("Task"), get_args(Task), wording.TASKS)
    licence = choose("licence", _("Licence"), get_args(LicenceClass), wording.LICENCES)
    place = choose("place", _("Where it runs"), get_args(Place), wording.PLACES)
    st.session_state.setdefault(keys["size"], _SIZES[-1])
    most = st.select_slider(
        _("Parameters, at most"),
        _SIZES[1:],
        format_func=wording.compact,
        key=keys["size"],
        persist_state="session",
        help=_("Of the smallest size. At the right end, models of unknown size are shown too."),
    )
    least = st.select_slider(
        _("Context of at least"),
        _CONTEXTS,
        format_func=wording.compact,
        key=keys["context"],
        persist_state="session",
    )
    is_open = st.toggle(_("Only open weights"), key=keys["weights"], persist_state="session")
    return {
        "kind": kind,
        "task": task,
        "licence": licence,
        "place": place,
        "most_parameters": None if most == _SIZES[-1] else most,
        "least_context": least or None,
        "open_weights": True if is_open else None,
    }


def _reset_at_a_step(keys: Mapping[str, str]) -> None:
    """Take these filters away when a step of the lesson sets the page up: it talks about all models."""
    if position.current_step() is None or st.session_state.get(_SET_UP_AT) == position.moment(PAGE):
        return
    st.session_state[_SET_UP_AT] = position.moment(PAGE)
    values: dict[str, object] = {"size": _SIZES[-1], "context": _CONTEXTS[0], "weights": False}
    for name, key in keys.items():
        st.session_state[key] = values.get(name, ANY)


def _why_unlisted(overlay: Overlay | None) -> str | None:
    """Return why nobody knows what Bedrock lists, None if it is known."""
    unknown = why_unlisted("bedrock", overlay)
    return wording.verdict_words(unknown, 0) if unknown else None


def _listed(overlay: Overlay | None, reason: str | None) -> str:
    region = overlay.region if overlay and overlay.region else ""
    named = _("Listed in {region}").format(region=region) if region else _("Listed in the connected region")
    names = {code: _(wording.EVERYTHING) if code == ANY else named for code in LISTED.options}
    wish: str = st.selectbox(
        _("Listed by Bedrock now"),
        LISTED.options,
        format_func=names.__getitem__,
        disabled=reason is not None,
        **links.bound(PAGE, LISTED),
    )
    if reason:
        st.caption(reason, width=_REASON_PX)
    return wish


def _card(model: Model, *, is_open: bool, day: datetime.date) -> None:
    status = model_status(model, day)
    icon = ":material/arrow_right_alt:" if is_open else None
    st.button(model.name, key=f"open_{model.id}", type="tertiary", icon=icon, on_click=open_record, args=(model.id,))
    sizes = dict.fromkeys(wording.compact(size) for size in (smallest(model), largest(model)) if size)
    # A date that is broken at its hyphen reads like two numbers.
    facts = [
        wording.PROVIDERS[family_of(model.id).provider],
        model.released.value and model.released.value.replace("-", "\N{NON-BREAKING HYPHEN}"),
        "–".join(sizes),
    ]
    badge = f":{wording.STATUS_COLOURS[status]}-badge[{_(wording.STATUSES[status])}]"
    st.markdown(f"{badge} :small[{' · '.join(escape_markdown(fact) for fact in facts if fact)}]")


def _open_clicked() -> None:
    points = st.session_state[TIMELINE_CHART]["selection"]["points"]
    ids = [point["customdata"][0] for point in points if point.get("customdata")]
    if ids and ids[0] in MODEL.options:
        open_record(ids[0])


def _open_row(models: Sequence[Model]) -> None:
    rows = st.session_state["catalog_table"]["selection"]["rows"]
    if rows and rows[0] < len(models):
        open_record(models[rows[0]].id)
