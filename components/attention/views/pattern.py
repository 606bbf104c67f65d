"""One pattern as a chart with its text alternative, and what was clicked in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from components.attention import figures
from components.attention.figures import Pattern, Words
from components.attention.record import Attention
from components.attention.token_labels import token_labels
from components.core.i18n import _
from components.ui import charts
from components.ui.charts import Chart


def draw_pattern(
    attention: Attention,
    layer: int,
    head: int,
    *,
    key: str,
    title: str | None = None,
    pinned: tuple[int, int] | None = None,
    largest: float = 1.0,
    small: bool = False,
    **selection: Any,  # noqa: ANN401 (passed on to st.plotly_chart)
) -> None:
    """Draw one head of an attention; its title says what it looks at most, unless another is given."""
    weights, keys = weights_with_sink(attention, layer, head)
    queries = token_labels(attention.query_tokens)
    query, place = strongest_pair(attention, attention.of_head(layer, head))
    visible = attention.visible[layer]
    if attention.sink_share is not None:
        visible = np.column_stack([visible, np.ones(len(visible), dtype=np.bool_)])
    found = _("Layer {layer}, head {head}: “{query}” → “{key}” {weight:.2f}").format(
        layer=layer, head=head, query=queries[query], key=keys[place], weight=weights[query, place]
    )
    figure = figures.pattern(
        Pattern(weights, queries, keys, visible),
        Words(title=title or found, queries=_("looks (query)"), keys=_("is looked at (key)"), weight=_("weight")),
        pinned=pinned,
        largest=largest,
        small=small,
    )
    alt = _("Heatmap of {queries} by {keys} attention weights. The strongest between two words: {found}.").format(
        queries=len(queries), keys=len(keys), found=found
    )
    charts.draw(Chart(figure, alt), key=key, **selection)


def weights_with_sink(attention: Attention, layer: int, head: int) -> tuple[NDArray[np.float32], list[str]]:
    """Return one head's weights, `[query, key]`, and labels of the keys; a sink beside the tokens is the last key."""
    weights, keys = attention.of_head(layer, head), token_labels(attention.key_tokens)
    if attention.sink_share is None:
        return weights, keys
    return np.column_stack([weights, attention.sink_share[layer, head]]), [*keys, _("(sink)")]


def strongest_pair(attention: Attention, weights: NDArray[Any]) -> tuple[int, int]:
    """Return the strongest cell between two ordinary tokens that are not the same place."""
    ordinary = [
        np.array([not token.special for token in tokens]) for tokens in (attention.query_tokens, attention.key_tokens)
    ]
    candidates = weights * np.outer(*ordinary)
    if attention.kind != "cross" and candidates.shape[0] == candidates.shape[1]:
        np.fill_diagonal(candidates, 0)
    if not candidates.any():
        candidates = weights
    query, key = np.unravel_index(int(candidates.argmax()), candidates.shape)
    return int(query), int(key)


def read_clicked_cell(chart: str, keys: int) -> tuple[int, int] | None:
    """Return `(query, key)` of the cell that was clicked in a pattern with so many keys."""
    points = st.session_state[chart].selection.points
    index = points[0].get("point_index") if points else None
    return divmod(index, keys) if type(index) is int and index >= 0 else None


def read_click(chart: str) -> tuple[int, int] | None:
    """Return the two numbers of the point that was clicked; what comes back from a browser is checked."""
    points = st.session_state[chart].selection.points
    data = points[0].get("customdata") if points else None
    if isinstance(data, (list, tuple)) and len(data) == 2 and all(type(number) is int for number in data):
        return data[0], data[1]
    return None
