"""Every head in numbers, on this text and on random texts, and what is known about the chosen one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components.attention import figures
from components.attention.errors import AttentionError
from components.attention.export import ViewExport, export_roles
from components.attention.known_heads import known_labels
from components.attention.labels import LEAST_LEAD, LEAST_SHARE, LEVEL, Label, labels
from components.attention.metrics import HeadMetrics, head_metrics
from components.attention.roles import REPEAT_LENGTHS, SETS, HeadRoles, RandomTexts, head_roles
from components.attention.state import Reading, ViewState, capture_text, go_to, load_model
from components.attention.statistics import CONFIDENCE
from components.attention.views.guided import draw_guided_heads
from components.attention.views.pattern import read_click
from components.attention.wording import LOOK_FOR, METRICS, RANDOM_METRICS, SINK, label_in_words, label_name
from components.core.i18n import _
from components.core.text import escape_markdown
from components.models.recording import Kind
from components.ui import charts, errors, tables
from components.ui.charts import Chart
from components.ui.session import checkpoint

MOST_MODELS = 8
MOST_TEXTS = 32
CHART = "attention_heads_chart"
TABLE = "attention_heads_table"
_KNOWN = "attention_roles_known"


@st.cache_resource(max_entries=MOST_MODELS, show_spinner=False)
def roles_of(model_id: str) -> HeadRoles:
    """Return what each head of a model does on random texts."""
    return head_roles(load_model(model_id), checkpoint=checkpoint)


@st.cache_resource(max_entries=MOST_TEXTS, show_spinner=False)
def metrics_of(reading: Reading, kind: Kind) -> HeadMetrics:
    """Return the numbers of every head on a text."""
    return head_metrics(capture_text(reading).of(kind))


@st.cache_resource(max_entries=MOST_MODELS, show_spinner=False)
def _has_random_texts(model_id: str) -> bool:
    try:
        RandomTexts.of(load_model(model_id))
    except AttentionError:
        return False
    return True


def roles_export(state: ViewState) -> ViewExport | None:
    """Return what exports the roles; None where they are not measured."""
    if state.attention.kind != state.record.kinds[0] or not _has_random_texts(state.model.id):
        return None
    return export_roles(lambda: roles_of(state.model.id))


def labels_if_known(state: ViewState) -> Mapping[tuple[int, int], Label] | None:
    """Return the heads with a clear role, by layer and head; None where that was not measured in this session."""
    named = known_labels(state.model.id)
    if named is not None:
        return named if state.attention.kind == state.record.kinds[0] else None
    if state.model.id not in st.session_state.get(_KNOWN, ()):
        return None
    roles = roles_of(state.model.id)
    return labels(roles) if roles.kind == state.attention.kind else None


def metrics(state: ViewState, controls: DeltaGenerator) -> None:
    """Draw the view."""
    roles = _roles(state)
    named = labels(roles)
    measured = metrics_of(state.reading, state.attention.kind)
    x, y = _axes(controls)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _table(state, measured, roles, named)
    with right:
        _scatter(state, measured, named, x=x, y=y)
    if roles.texts:
        _how_labels_are_given(roles, named, state)
        draw_guided_heads(state)


def _roles(state: ViewState) -> HeadRoles:
    """Return what is known of this kind of attention on random texts: nothing, where they cannot be drawn."""
    nothing = HeadRoles(state.attention.kind, {}, 0)
    try:
        with st.spinner(_("Measuring every head on random texts")):
            roles = roles_of(state.model.id)
    except AttentionError as error:
        errors.show(error)
        return nothing
    st.session_state[_KNOWN] = {*st.session_state.get(_KNOWN, ()), state.model.id}
    return roles if roles.kind == state.attention.kind else nothing


def _axes(controls: DeltaGenerator) -> tuple[str, str]:
    across, down = controls.columns(2)
    names = {name: _short(name) for name in METRICS}
    x = across.selectbox(_("Across"), names, index=1, format_func=names.__getitem__, key="attention_metric_x")
    y = down.selectbox(_("Up"), names, index=0, format_func=names.__getitem__, key="attention_metric_y")
    return x, y


def _short(name: str) -> str:
    return _(METRICS[name][0])


def _table(state: ViewState, measured: HeadMetrics, roles: HeadRoles, named: Mapping[tuple[int, int], Label]) -> None:
    numbers = _numbers(state)
    columns: dict[str, Any] = {
        _("layer"): [layer for layer, _head in numbers],
        _("head"): [head for _layer, head in numbers],
        _("role"): [label_in_words(named.get(pair)) for pair in numbers],
    }
    config: dict[str, Any] = {
        _("layer"): st.column_config.NumberColumn(width=52, pinned=True),
        _("head"): st.column_config.NumberColumn(width=52, pinned=True),
        _("role"): st.column_config.TextColumn(
            help=_(
                "Measured on random texts, and named only where the criteria below are met. The number is the "
                "gain: how much more of the head's attention goes there than where the role is absent, and in "
                "brackets its {confidence:.0%} interval over texts."
            ).format(confidence=CONFIDENCE)
        ),
    }
    for name, (short, meaning) in METRICS.items():
        columns[_(short)] = getattr(measured, name).ravel()
        config[_(short)] = st.column_config.NumberColumn(format="%.2f", help=_(meaning))
    if state.attention.sink_share is not None:
        columns[_(SINK[0])] = measured.sink.ravel()
        config[_(SINK[0])] = st.column_config.NumberColumn(format="%.2f", help=_(SINK[1]))
    for role, (short, meaning) in RANDOM_METRICS.items():
        if role in roles.roles:
            columns[_(short)] = roles.roles[role].gain.mean.ravel()
            config[_(short)] = st.column_config.NumberColumn(format="%.2f", help=_(meaning))
    tables.draw(
        columns,
        column_config=config,
        height=430,
        key=TABLE,
        on_select=lambda: _open_row(state),
        selection_mode="single-row",
    )
    st.caption(_("Click a column to sort by it; tick a row to open that head in the heatmap."))


def _scatter(
    state: ViewState, measured: HeadMetrics, named: Mapping[tuple[int, int], Label], *, x: str, y: str
) -> None:
    numbers = _numbers(state)
    groups = [label_name(named.get(pair)) for pair in numbers]
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
        chosen=(state.layer, state.head),
    )
    alt = _("Scatter of {count} heads: {x} across, {y} up. The table beside it has the same numbers.").format(
        count=len(numbers), x=_short(x), y=_short(y)
    )
    charts.draw(Chart(figure, alt), key=CHART, on_select=lambda: _open_point(state), selection_mode="points")


def _how_labels_are_given(roles: HeadRoles, named: Mapping[tuple[int, int], Label], state: ViewState) -> None:
    st.caption(
        _(
            "**{named} of {count} heads have a role that you can name** on random texts; for {stable} of "
            "them it is stable. The others have none, and that is a finding too."
        ).format(
            named=len(named),
            count=state.attention.layers * state.attention.heads,
            stable=sum(label.stable for label in named.values()),
        )
    )
    with st.expander(_("How we decide")):
        st.markdown(
            _(
                "{pairs} pairs of random texts were read. The two texts of a pair have the same second half. In "
                "one the first half is the same, so that the text repeats itself ({lengths} tokens); in the "
                "other it is different. The **gain** is the share of the role's place, less the mean share of "
                "the other places. For the two roles of a repeat, it is that share less the share of the very "
                "same place where nothing repeats. A name needs all of this:\n"
                "1. The gain is above zero: a paired t test over texts, p below {level} after Holm's correction "
                "for all heads and roles.\n"
                "2. The gain is at least {share:.0%} of the head's attention.\n"
                "3. The share is at least {lead:g} times that of the head's next best place. For the roles of a "
                "repeat: the gain is at least {lead:g} times what the repeat adds at any other place.\n\n"
                "A head with several names gets that of a repeat, else that with the largest gain. A name is "
                "**not stable** where one of {sets} disjoint sets of the texts does not reach 2 and 3, or where "
                "the {confidence:.0%} interval of the gain goes below {share:.0%}: other texts might take it "
                "away. The test says that a preference is there, not that it was learned: of the heads of 20 "
                "networks with random weights, 4 of 1,440 had a name, none of them that of a repeat."
            ).format(
                pairs=roles.texts,
                lengths=", ".join(map(str, REPEAT_LENGTHS)),
                level=LEVEL,
                sets=SETS,
                lead=LEAST_LEAD,
                share=LEAST_SHARE,
                confidence=CONFIDENCE,
            )
        )


def _numbers(state: ViewState) -> list[tuple[int, int]]:
    return [(int(layer), int(head)) for layer, head in np.ndindex(state.attention.layers, state.attention.heads)]


def _open_row(state: ViewState) -> None:
    rows = st.session_state[TABLE].selection.rows
    numbers = _numbers(state)
    if rows and isinstance(rows[0], int) and 0 <= rows[0] < len(numbers):
        _open(state, numbers[rows[0]])


def _open_point(state: ViewState) -> None:
    point = read_click(CHART)
    if point is not None and point in _numbers(state):
        _open(state, point)


def _open(state: ViewState, number: tuple[int, int]) -> None:
    go_to(state.shape, view="heatmap", compare="look", layer=number[0], head=number[1])


def describe_all_heads(state: ViewState) -> tuple[dict[int, str], str]:
    """Say what heads do in general, as far as that was measured.

    Returns
    -------
    tuple
        A sentence for each head with a clear role, by `layer * heads + head`, and one for every other head. `**` is
        around what is bold.
    """
    named = labels_if_known(state)
    if named is None:
        return {}, ""
    said = _("**{role}** on random texts: the gain and its {confidence:.0%} interval (see “Metrics”). {hint}")
    about = {
        layer * state.attention.heads + head: said.format(
            role=label_in_words(label), confidence=CONFIDENCE, hint=_(LOOK_FOR[label.role])
        )
        for (layer, head), label in named.items()
    }
    return about, _("On random texts this head has no clear role.")


def describe_head(state: ViewState) -> None:
    """Say what the chosen head does in general, if that was measured."""
    about, others = describe_all_heads(state)
    said = about.get(state.layer * state.attention.heads + state.head, others)
    if said:
        st.markdown("**".join(escape_markdown(part) for part in said.split("**")))
