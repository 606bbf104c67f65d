"""The charts of the page. Callers pass the titles, already translated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from components.ui.charts import Chart

_HEIGHT_PX: Final = 320


def draw_cache_times(
    with_ms: Sequence[float], without_ms: Sequence[float], *, title: str, names: tuple[str, str], axis: str, unit: str
) -> Chart:
    """Draw the time of each new token with and without a KV cache."""
    figure = go.Figure()
    is_above = with_ms[-1] > without_ms[-1]
    for values, name, anchor in zip(
        (with_ms, without_ms), names, ("bottom", "top") if is_above else ("top", "bottom"), strict=True
    ):
        figure.add_scatter(x=list(range(1, len(values) + 1)), y=list(values), mode="lines+markers", name=name)
        figure.add_annotation(
            x=len(values), y=values[-1], text=name, xanchor="left", xshift=8, yanchor=anchor, showarrow=False
        )
    figure.update_layout(title=title, height=_HEIGHT_PX, showlegend=False, margin={"l": 60, "r": 90, "t": 40, "b": 50})
    figure.update_xaxes(title=axis)
    figure.update_yaxes(title=unit, rangemode="tozero")
    alt = f"{title} " + "; ".join(
        f"{name}: {', '.join(f'{value:.1f}' for value in values)}"
        for values, name in zip((with_ms, without_ms), names, strict=True)
    )
    return Chart(figure, alt)
