"""The page's charts, each with its text alternative. Colours are the theme's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from components.core.i18n import _
from components.positional.order import OrderEffect
from components.positional.rotary import RotaryScores
from components.positional.schemes import Encoding, Scheme
from components.positional.settings import FloatArray, IntArray, Layout
from components.positional.similarity import summarize_by_offset
from components.positional.sinusoidal import Wave, pair_dimensions
from components.ui.charts import Chart

MARGIN: Final = {"l": 8, "r": 8, "t": 44, "b": 8}
NEUTRAL: Final = "rgba(128,128,128,0.55)"  # readable on the light and on the dark background
_MOST_TICKS: Final = 8
_DIALS: Final = 6
_OF_A_WAVE: Final = {"range": [-1.15, 1.15], "tickvals": [-1, 0, 1]}
"""An axis of the values of a sine or a cosine: the same for all, so that a slow wave looks slow."""


def draw_vector(encoding: Encoding, position: int) -> Chart:
    """Draw one row of the table as bars."""
    values = encoding.matrix[position]
    biases = encoding.scheme == "alibi"
    axis = _("head") if biases else _("dimension")
    title = _("What each head subtracts at distance {p}") if biases else _("Position {p} as a vector")
    hover = f"{axis} %{{x}}<br>{_('value')} %{{y:.4f}}<extra></extra>"
    figure = go.Figure(go.Bar(x=np.arange(len(values)), y=values, hovertemplate=hover, marker_line_width=0))
    figure.update_layout(height=240, margin=MARGIN, bargap=0.1, title=title.format(p=position))
    figure.update_xaxes(title=axis)
    figure.update_yaxes(title=_("change of the score") if biases else _("value"))
    alt = _("{title}: {d} bars, values from {low:.3f} to {high:.3f}.")
    words = {"title": title.format(p=position), "d": len(values), "low": values.min(), "high": values.max()}
    return Chart(figure, alt.format(**words))


def draw_dials(encoding: Encoding, layout: Layout, *, position: int) -> Chart:
    """Draw pairs of dimensions as hands on dials: the two numbers of a pair say where the hand points."""
    first, second = pair_dimensions(encoding.matrix.shape[1], layout)
    chosen = np.unique(np.linspace(0, len(first) - 1, _DIALS).astype(int))
    centre = 2.5 * np.arange(len(chosen))
    x, y = encoding.matrix[position, first[chosen]], encoding.matrix[position, second[chosen]]
    names = [f"{a}, {b}" for a, b in zip(first[chosen], second[chosen], strict=True)]
    gap = np.full(len(chosen), np.nan)
    turn = np.append(np.linspace(0, 2 * np.pi, 61), np.nan)
    figure = go.Figure(
        [
            go.Scatter(
                x=np.column_stack([centre, centre + x, gap]).ravel(),
                y=np.column_stack([0 * y, y, gap]).ravel(),
                mode="lines+markers",
                line={"width": 3},
                marker={"size": np.tile([0, 9, 0], len(chosen))},
                text=np.repeat([f"{name}: ({a:.3f}, {b:.3f})" for name, a, b in zip(names, x, y, strict=True)], 3),
                hovertemplate=f"{_('dimensions')} %{{text}}<extra></extra>",
            ),
            go.Scatter(
                x=(centre[:, None] + np.cos(turn)).ravel(),
                y=np.tile(np.sin(turn), len(chosen)),
                mode="lines",
                line={"color": NEUTRAL, "width": 1.5},
                hoverinfo="skip",
            ),
        ]
    )
    for place, name in zip(centre, names, strict=True):
        figure.add_annotation(x=place, y=-1.5, text=name, showarrow=False, font_size=11)
    hidden = {"visible": False, "fixedrange": True}
    figure.update_xaxes(**hidden, range=[-1.2, centre[-1] + 1.2])
    figure.update_yaxes(**hidden, range=[-1.9, 1.2], scaleanchor="x")
    title = _("The hands at position {p}").format(p=position)
    figure.update_layout(height=190, margin=MARGIN, showlegend=False, title=title)
    hands = "; ".join(f"{name}: ({a:.2f}, {b:.2f})" for name, a, b in zip(names, x, y, strict=True))
    return Chart(
        figure, _("Dials at position {p}, each pair of dimensions as x and y: {hands}.").format(p=position, hands=hands)
    )


def draw_similarity(encoding: Encoding, *, rise: int | None) -> Chart:
    """Draw closeness against offset, its range over all positions, and where it first rises again."""
    profile = encoding.by_offset
    biases = encoding.scheme == "alibi"
    axis = _("factor on the attention share") if biases else _("cosine similarity")
    title = (
        _("By which factor does head 0 lower the share of a word k back?")
        if biases
        else _("How similar are positions k apart?")
    )
    offsets = np.arange(len(profile.mean))
    hover = f"{_('offset')} %{{x}}<br>{_('mean')} %{{y:.4f}}<extra></extra>"
    figure = go.Figure(go.Scatter(x=offsets, y=profile.mean, mode="lines+markers", marker_size=4, hovertemplate=hover))
    if profile.spread.max() > 1e-6:
        edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"}
        figure.add_scatter(x=offsets, y=profile.lowest, **edge)
        figure.add_scatter(x=offsets, y=profile.highest, **edge, fill="tonexty", fillcolor="rgba(128,128,128,0.25)")
    if rise is not None:
        figure.add_scatter(
            x=[rise], y=[profile.mean[rise]], mode="markers", marker={"size": 12, "symbol": "diamond"}, hoverinfo="skip"
        )
        label = _("first rise: offset {k}").format(k=rise)
        figure.add_annotation(x=rise, y=profile.mean[rise], text=label, ax=50, ay=-60, arrowcolor=NEUTRAL)
    figure.update_xaxes(title=_("offset (positions)"))
    figure.update_yaxes(title=axis)
    figure.update_layout(height=420, margin=MARGIN, showlegend=False, title=title)
    alt = _("Curve: {axis}, mean {first:.3f} at offset 1, {last:.3f} at offset {end}. First rise: {rise}.")
    words = {"axis": axis, "first": profile.mean[1], "last": profile.mean[-1], "end": len(offsets) - 1}
    return Chart(figure, alt.format(**words, rise=_("none") if rise is None else rise))


def draw_distance_curves(encodings: Mapping[Scheme, Encoding], names: Mapping[Scheme, str]) -> Chart:
    """Draw closeness against distance for all schemes on one pair of axes."""
    figure = go.Figure()
    for (scheme, encoding), dash in zip(encodings.items(), ("solid", "solid", "dot", "dash"), strict=True):
        mean = encoding.by_offset.mean
        # Sinusoidal and rotary coincide: the dotted line has to lie on top of the other.
        figure.add_scatter(
            x=np.arange(len(mean)),
            y=mean,
            name=names[scheme],
            mode="lines",
            line={"dash": dash, "width": 4 if dash == "dot" else 2},
            hovertemplate="%{y:.3f}",
        )
    figure.update_xaxes(title=_("distance (positions)"))
    figure.update_yaxes(title=_("closeness"), range=[-0.35, 1.05])
    figure.update_layout(
        height=380, margin=MARGIN, hovermode="x unified", title=_("What each scheme makes of distance"),
        legend={"orientation": "h", "y": -0.25, "x": 0},
    )  # fmt: skip
    at = min(10, len(encodings["sinusoidal"].by_offset.mean) - 1)
    values = "; ".join(f"{names[scheme]} {encoding.by_offset.mean[at]:.3f}" for scheme, encoding in encodings.items())
    return Chart(
        figure, _("Curves of closeness against distance. At distance {d}: {values}.").format(d=at, values=values)
    )


def draw_products(scores: RotaryScores) -> Chart:
    """Draw the query-key product against how far the key stands from the query, with and without the rotation."""
    right, left = scores.profile.mean, summarize_by_offset(scores.scores.T).mean
    offsets = np.arange(1 - len(right), len(right))
    hover = f"{_('offset')} %{{x}}<br>{_('product')} %{{y:.4f}}<extra></extra>"
    turned = np.concatenate([left[:0:-1], right])
    figure = go.Figure(
        [
            go.Scatter(x=offsets, y=turned, mode="lines", name=_("rotated (rotary)"), hovertemplate=hover),
            go.Scatter(
                x=offsets[[0, -1]],
                y=[scores.unrotated] * 2,
                mode="lines",
                line={"dash": "dot"},
                name=_("not rotated: the same everywhere"),
                hovertemplate=hover,
            ),
        ]
    )
    figure.update_xaxes(title=_("key position − query position"))
    figure.update_yaxes(title=_("query · key"))
    figure.update_layout(
        height=340, margin=MARGIN, title=_("One query and one key, at every distance"),
        legend={"orientation": "h", "y": -0.3, "x": 0},
    )  # fmt: skip
    alt = _("Curve: query times key is {plain:.3f} if not rotated, and from {low:.3f} to {high:.3f} if rotated.")
    return Chart(figure, alt.format(plain=scores.unrotated, low=turned.min(), high=turned.max()))


def draw_order(effect: OrderEffect, labels: Sequence[str]) -> Chart:
    """Draw how much each token's output changed when the words were shuffled."""
    names = [f"{place}: {label}" for place, label in enumerate(labels)]
    hover = "%{x}<br>%{y:.2e}<extra></extra>"
    figure = go.Figure(
        [
            go.Bar(x=names, y=effect.with_positions, name=_("with positions")),
            go.Bar(x=names, y=effect.without_positions, name=_("without positions")),
        ]
    )
    # A bar of height 0 can't be seen; its number can.
    figure.update_traces(hovertemplate=hover, texttemplate="%{y:.0%}", textposition="outside", cliponaxis=False)
    figure.update_xaxes(type="category", title=_("token"), tickangle=-45 if len(names) > _MOST_TICKS else 0)
    figure.update_yaxes(title=_("change of the output"), tickformat=".0%", rangemode="tozero")
    figure.update_layout(
        height=360, margin=MARGIN, title=_("How much does each token's output change?"),
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0.5},
    )  # fmt: skip
    alt = _(
        "Bars: shuffling changes the tokens' outputs by up to {with_:.1%} with positions and {without:.1e} without."
    )
    return Chart(figure, alt.format(with_=effect.with_positions.max(), without=effect.without_positions.max()))


def draw_waves(curves: Sequence[Wave], *, position: int) -> Chart:
    """Draw dimensions of a sinusoidal table along the positions, one above the other, with one position marked."""
    title = _("dimension {dimension} ({function}), wavelength {wavelength:,.4g} positions")
    titles = [
        title.format(dimension=curve.dimension, function=curve.function, wavelength=curve.wavelength)
        for curve in curves
    ]
    shown = [(curve.positions, curve.values) for curve in curves]
    figure = _stacked(shown, titles, mark=position, axis=_("position"), values=_OF_A_WAVE)
    return Chart(figure, _("Curves: {titles}.").format(titles="; ".join(titles)))


def draw_columns(encoding: Encoding, chosen: Sequence[int], *, position: int) -> Chart:
    """Draw columns of any table along its rows, one above the other, with one row marked."""
    biases = encoding.scheme == "alibi"
    name = _("head {number}") if biases else _("dimension {number}")
    values: dict[str, Any] = {}
    wavelengths = encoding.wavelengths
    if wavelengths is None:
        titles = [name.format(number=column) for column in chosen]
    else:
        name, values = _("dimension {number}, wavelength {wavelength:,.4g} positions"), _OF_A_WAVE
        titles = [name.format(number=column, wavelength=wavelengths[column]) for column in chosen]
    rows = np.arange(len(encoding.matrix))
    curves = [(rows, encoding.matrix[:, column]) for column in chosen]
    axis = _("distance") if biases else _("position")
    figure = _stacked(curves, titles, mark=position, axis=axis, values=values)
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

    Built in one go: plotly's own make_subplots and add_vline lay it out a second time for every row, which is slow.
    """
    hover = f"{axis} %{{x}}<br>{_('value')} %{{y:.4f}}<extra></extra>"
    gap = 0.3 / len(curves)
    height = (1 - gap * (len(curves) - 1)) / len(curves)
    dots: list[dict[str, Any]] = []  # first: the theme gives each the next colour
    lines: list[dict[str, Any]] = []
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
        place = {"xaxis": f"x{number}", "yaxis": f"y{number}"}
        whole = x == np.round(x)  # the model knows whole positions only
        dot: dict[str, Any] = {"type": "scatter", "x": x[whole], "y": y[whole], "mode": "lines+markers"}
        if not whole.all():
            # a trace of its own: of markers that have no size the browser draws every one
            dot["mode"] = "markers"
            between = {"line": {"color": NEUTRAL, "width": 1.5}, "hoverinfo": "skip", "zorder": -1}
            lines.append({"type": "scatter", "x": x, "y": y, "mode": "lines"} | between | place)
        dots.append(dot | {"marker": {"size": 5}, "hovertemplate": hover} | place)
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
        for trace in dots
    ]
    return go.Figure([*dots, *lines], layout)
