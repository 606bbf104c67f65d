"""One pattern with what it looks at most, and what was clicked in a chart of heads."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from components.attention import scene
from components.attention.record import Attention
from components.attention.token_labels import token_labels
from components.core.i18n import _
from components.core.text import escape_markdown
from components.ui.tensor_view.component import matrix_view


def draw_pattern(attention: Attention, layer: int, head: int, *, key: str, title: str) -> None:
    """Draw one head of an attention, and say what it looks at most."""
    keys = [token.label for token in scene.key_tokens(attention)]
    queries = token_labels(attention.query_tokens)
    query, place = strongest_pair(attention, attention.of_head(layer, head))
    st.markdown(f"**{escape_markdown(title)}**")
    matrix_view(
        scene.weights_of_head(attention, layer, head),
        key=key,
        title=title,
        rows=queries,
        columns=keys,
        row_title=_("looks (query)"),
        column_title=_("is looked at (key)"),
        lowest=0.0,
        highest=1.0,
        reach=scene.reach_of_layers(attention)[layer],
    )
    st.caption(
        _("Layer {layer}, head {head}: “{query}” → “{key}” {weight:.2f}").format(
            layer=layer,
            head=head,
            query=escape_markdown(queries[query]),
            key=escape_markdown(keys[place]),
            weight=attention.of_head(layer, head)[query, place],
        )
    )


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


def read_clicked_cell(chart: str, columns: int) -> tuple[int, int] | None:
    """Return `(row, column)` of the cell that was clicked in a chart with so many columns."""
    points = st.session_state[chart].selection.points
    index = points[0].get("point_index") if points else None
    return divmod(index, columns) if type(index) is int and index >= 0 else None


def read_click(chart: str) -> tuple[int, int] | None:
    """Return the two numbers of the point that was clicked; what comes back from a browser is checked."""
    points = st.session_state[chart].selection.points
    data = points[0].get("customdata") if points else None
    if isinstance(data, (list, tuple)) and len(data) == 2 and all(type(number) is int for number in data):
        return data[0], data[1]
    return None
