"""Every head in numbers: on this text, and on random texts; a click opens the head in the heatmap."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention import figures
from components.attention.errors import AttentionError
from components.attention.labels import LEAST_LEAD, LEAST_SHARE, LEAST_SIGMAS, Label, labels
from components.attention.metrics import HeadMetrics, head_metrics
from components.attention.roles import HeadRoles, head_roles
from components.attention.views.found.view import heads_worth_a_look
from components.attention.views.pattern.view import clicked
from components.attention.views.shown.view import Reading, Shown, captured, go_to, loaded
from components.attention.wording import METRICS, RANDOM_METRICS, role_name
from components.models.recording import Kind
from components.shell import charts, errors
from components.shell.i18n import _
from components.shell.session import checkpoint

MOST_MODELS = 8
MOST_TEXTS = 32
TABLE = "attention_heads_table"
CHART = "attention_heads_chart"
_KNOWN = "attention_roles_known"


@st.cache_resource(max_entries=MOST_MODELS, show_spinner=False)
def roles_of(model_id: str) -> HeadRoles:
    """Return what each head of a model does on random texts."""
    return head_roles(loaded(model_id), checkpoint=checkpoint)


@st.cache_resource(max_entries=MOST_TEXTS, show_spinner=False)
def metrics_of(reading: Reading, kind: Kind) -> HeadMetrics:
    """Return the numbers of every head on a text."""
    return head_metrics(captured(reading).of(kind))


def label_if_known(shown: Shown) -> tuple[bool, Label | None]:
    """Return whether the roles of this model's heads were measured in this session, and the chosen head's."""
    if shown.model.id not in st.session_state.get(_KNOWN, ()):
        return False, None
    roles = roles_of(shown.model.id)
    return roles.kind == shown.attention.kind, labels(roles).get((shown.layer, shown.head))


def metrics(shown: Shown, controls: DeltaGenerator) -> None:
    """Draw the view."""
    roles = _roles(shown)
    named = labels(roles)
    measured = metrics_of(shown.reading, shown.attention.kind)
    x, y = _axes(controls)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _table(shown, measured, roles, named)
    with right:
        _scatter(shown, measured, named, x=x, y=y)
    if roles.texts:
        _how_labels_are_given(roles, len(named), shown)
        heads_worth_a_look(shown)


def _roles(shown: Shown) -> HeadRoles:
    """Return what is known of this kind of attention on random texts: nothing, where they cannot be drawn."""
    nothing = HeadRoles(shown.attention.kind, {}, 0)
    try:
        with st.spinner(_("Measuring every head on random texts")):
            roles = roles_of(shown.model.id)
    except AttentionError as error:
        errors.show(error)
        return nothing
    st.session_state[_KNOWN] = {*st.session_state.get(_KNOWN, ()), shown.model.id}
    return roles if roles.kind == shown.attention.kind else nothing


def _axes(controls: DeltaGenerator) -> tuple[str, str]:
    across, down = controls.columns(2)
    names = list(METRICS)
    x = across.selectbox(_("Across"), names, index=1, format_func=_short, key="attention_metric_x")
    y = down.selectbox(_("Up"), names, index=0, format_func=_short, key="attention_metric_y")
    return x, y


def _short(name: str) -> str:
    return _(METRICS[name][0])


def _table(shown: Shown, measured: HeadMetrics, roles: HeadRoles, named: Mapping[tuple[int, int], Label]) -> None:
    numbers = _numbers(shown)
    columns: dict[str, Any] = {
        _("layer"): [layer for layer, _head in numbers],
        _("head"): [head for _layer, head in numbers],
        _("role"): [_role(named.get(pair)) for pair in numbers],
    }
    config: dict[str, Any] = {
        _("layer"): st.column_config.NumberColumn(width=52, pinned=True),
        _("head"): st.column_config.NumberColumn(width=52, pinned=True),
        _("role"): st.column_config.TextColumn(help=_("Measured on random texts; only where a head earns the name.")),
    }
    for name, (short, meaning) in METRICS.items():
        columns[_(short)] = getattr(measured, name).ravel()
        config[_(short)] = st.column_config.NumberColumn(format="%.2f", help=_(meaning))
    for role, (short, meaning) in RANDOM_METRICS.items():
        if role in roles.roles:
            columns[_(short)] = roles.roles[role].score.ravel()
            config[_(short)] = st.column_config.NumberColumn(format="%.2f", help=_(meaning))
    st.dataframe(
        columns,
        column_config=config,
        hide_index=True,
        height=430,
        key=TABLE,
        on_select=lambda: _open_row(shown),
        selection_mode="single-row",
    )
    st.caption(_("Click a column to sort by it; tick a row to open that head in the heatmap."))


def _role(label: Label | None) -> str:
    return role_name(None) if label is None else f"{role_name(label.role)} {label.share:.2f}"


def _scatter(shown: Shown, measured: HeadMetrics, named: Mapping[tuple[int, int], Label], *, x: str, y: str) -> None:
    numbers = _numbers(shown)
    groups = [role_name(label.role if (label := named.get(pair)) else None) for pair in numbers]
    # The largest group, mostly "no clear role", is drawn first and takes the first colour whatever the sort.
    order = sorted(range(len(numbers)), key=lambda index: (-groups.count(groups[index]), groups[index]))
    across, up = getattr(measured, x).ravel(), getattr(measured, y).ravel()
    figure = figures.scatter_of_heads(
        across[order],
        up[order],
        title=_("One point a head: click to open it"),
        x_title=_short(x),
        y_title=_short(y),
        groups=[groups[index] for index in order],
        names=[_("Layer {layer}, head {head}").format(layer=numbers[i][0], head=numbers[i][1]) for i in order],
        numbers=[numbers[index] for index in order],
        chosen=(shown.layer, shown.head),
    )
    alt = _("Scatter of {count} heads: {x} across, {y} up. The table beside it has the same numbers.").format(
        count=len(numbers), x=_short(x), y=_short(y)
    )
    charts.chart(figure, alt=alt, key=CHART, on_select=lambda: _open_point(shown), selection_mode="points")


def _how_labels_are_given(roles: HeadRoles, named: int, shown: Shown) -> None:
    st.caption(
        _(
            "{named} of {count} heads have a clear role on {texts} random texts without and {texts} with a repeat: at "
            "least {sigmas:g} standard deviations above their own null, above chance, {lead:g} times their next best "
            "place, and {share:.0%} of their attention. The rest have none: that is a finding too."
        ).format(
            named=named,
            count=shown.attention.layers * shown.attention.heads,
            texts=roles.texts,
            sigmas=LEAST_SIGMAS,
            lead=LEAST_LEAD,
            share=LEAST_SHARE,
        )
    )


def _numbers(shown: Shown) -> list[tuple[int, int]]:
    return [(int(layer), int(head)) for layer, head in np.ndindex(shown.attention.layers, shown.attention.heads)]


def _open_row(shown: Shown) -> None:
    rows = st.session_state[TABLE].selection.rows
    numbers = _numbers(shown)
    if rows and isinstance(rows[0], int) and 0 <= rows[0] < len(numbers):
        _open(shown, numbers[rows[0]])


def _open_point(shown: Shown) -> None:
    point = clicked(CHART)
    if point is not None and point in _numbers(shown):
        _open(shown, point)


def _open(shown: Shown, number: tuple[int, int]) -> None:
    st.session_state["attention_extent"] = "head"
    go_to(shown.shape, view="heatmap", layer=number[0], head=number[1])
