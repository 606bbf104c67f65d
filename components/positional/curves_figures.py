"""Curves one above the other, with one place marked in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from components.core.i18n import _
from components.positional.figures import MARGIN, NEUTRAL
from components.positional.schemes import Encoding
from components.positional.settings import FloatArray, IntArray
from components.positional.sinusoidal import Wave
from components.ui.charts import Chart


def waves(curves: Sequence[Wave], *, position: int) -> Chart:
    """Draw dimensions of a sinusoidal table along the positions, one above the other, with one position marked."""
    title = _("dimension {dimension} ({function}), wavelength {wavelength:,.4g} positions")
    titles = [
        title.format(dimension=curve.dimension, function=curve.function, wavelength=curve.wavelength)
        for curve in curves
    ]
    shown = [(curve.positions, curve.values) for curve in curves]
    values = {"range": [-1.15, 1.15], "tickvals": [-1, 0, 1]}
    figure = _stacked(shown, titles, mark=position, axis=_("position"), values=values)
    return Chart(figure, _("Curves: {titles}.").format(titles="; ".join(titles)))


def columns(encoding: Encoding, chosen: Sequence[int], *, position: int) -> Chart:
    """Draw columns of any table along its rows, one above the other, with one row marked."""
    biases = encoding.scheme == "alibi"
    name = _("head {number}") if biases else _("dimension {number}")
    titles = [name.format(number=column) for column in chosen]
    rows = np.arange(len(encoding.matrix))
    curves = [(rows, encoding.matrix[:, column]) for column in chosen]
    axis = _("distance") if biases else _("position")
    figure = _stacked(curves, titles, mark=position, axis=axis, values={})
    return Chart(figure, _("Curves: {titles}.").format(titles="; ".join(titles)))


def _stacked(
    curves: Sequence[tuple[FloatArray | IntArray, FloatArray]],
    titles: Sequence[str],
    *,
    mark: int,
    axis: str,
    values: Mapping[str, Any],
) -> go.Figure:
    """Return small charts, one above the other, with one place marked in all of them.

    Built in one go: plotly's own make_subplots and add_vline lay it out a second time for every row, which took half
    of the page's time.
    """
    hover = f"{axis} %{{x}}<br>{_('value')} %{{y:.4f}}<extra></extra>"
    gap = 0.3 / len(curves)
    height = (1 - gap * (len(curves) - 1)) / len(curves)
    traces: list[dict[str, Any]] = []
    layout: dict[str, Any] = {
        "annotations": [],
        "height": 70 + 95 * len(curves),
        "margin": MARGIN | {"t": 24},
        "showlegend": False,
    }
    for row, ((x, y), title) in enumerate(zip(curves, titles, strict=True)):
        number = str(row + 1) if row else ""
        is_last = row == len(curves) - 1
        top = 1 - row * (height + gap)
        dots = np.where(x == np.round(x), 5, 0)  # the model knows whole positions only
        marker = {"size": dots}
        place = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        traces.append(
            {"type": "scatter", "x": x, "y": y, "mode": "lines+markers", "marker": marker, "hovertemplate": hover}
            | place
        )
        layout[f"yaxis{number}"] = {"domain": [max(0.0, top - height), top], "anchor": f"x{number}", **values}
        layout[f"xaxis{number}"] = {"anchor": f"y{number}"} | (
            {"title": {"text": axis}} if is_last else {"matches": f"x{len(curves)}", "showticklabels": False}
        )
        layout["annotations"].append(
            {"text": title, "x": 0, "xanchor": "left", "y": top, "yanchor": "bottom", "xref": "paper", "yref": "paper"}
            | {"showarrow": False, "font": {"size": 13}}
        )
    line = {"width": 1.5, "dash": "dot", "color": NEUTRAL}
    layout["shapes"] = [
        {"type": "line", "x0": mark, "x1": mark, "y0": 0, "y1": 1, "line": line}
        | {"xref": trace["xaxis"], "yref": f"{trace['yaxis']} domain"}
        for trace in traces
    ]
    return go.Figure(traces, layout)
