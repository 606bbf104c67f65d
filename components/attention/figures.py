"""The charts of the page, drawn from numbers and labels. Callers pass the titles, already translated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from components.attention.token_labels import numbered

MOST_CLICKABLE_CELLS: Final = 4_096
"""Of one pattern: each cell gets its own transparent point, since Plotly reports no clicks on heatmaps."""

_MOST_TICKS: Final = 40
_TICK_PX: Final = 11
_HEAD_PX: Final = 120  # the part of a chart's height for the title and the slanted labels
CHART_PX: Final = 430
_TALLEST_CHART_PX: Final = 900
_CELL_PX: Final = 6  # height of a cell in a long text, until the chart is as tall as a screen
_LINE_CHARACTERS: Final = 10
_UNSEEN: Final = {"opacity": 0}


@dataclass(frozen=True, eq=False)
class Pattern:
    """Weights, `[query, key]`, and the labels beside them."""

    weights: NDArray[Any]
    queries: Sequence[str]
    keys: Sequence[str]


@dataclass(frozen=True)
class Words:
    """The translated titles of a chart: of the whole, of its axes, and of the numbers in its cells."""

    title: str
    queries: str
    keys: str
    weight: str


def pattern(
    shown: Pattern,
    words: Words,
    *,
    largest: float = 1.0,
    pinned: tuple[int, int] | None = None,
    height_px: int | None = None,
) -> go.Figure:
    """Draw one pattern: queries down, keys across, square cells.

    Parameters
    ----------
    largest
        The weight that gets the full colour.
    pinned
        `(query, key)` of a cell to frame.
    height_px
        None for the height that the tokens need, up to a limit.
    """
    height_px = height_px or _height_px(len(shown.queries))
    most_ticks = (height_px - _HEAD_PX) // _TICK_PX
    queries, keys = _names(shown.queries), _names(shown.keys)
    heatmap: dict[str, Any] = {
        "type": "heatmap",
        "z": np.asarray(shown.weights, dtype=np.float32),
        "x": keys,
        "y": queries,
        "zmin": 0,
        "zmax": largest,
        "colorbar": {"title": {"text": words.weight, "side": "right"}, "thickness": 10, "outlinewidth": 0},
        "hovertemplate": f"%{{y}} → %{{x}}<br>{words.weight} %{{z:.4f}}<extra></extra>",
    }
    traces = [heatmap]
    if shown.weights.size <= MOST_CLICKABLE_CELLS:
        traces.append(_clickable(shown.weights, queries, keys, words))
    # Without a range Plotly makes room for the points that can be clicked, and the cells shrink.
    across, down = [-0.5, len(keys) - 0.5], [len(queries) - 0.5, -0.5]
    angle = 0 if all(len(label) <= 2 for label in shown.keys) else -60
    layout = _look(words.title, height_px=height_px) | {
        "xaxis": {"side": "top", "tickangle": angle, "range": across, **_ticks(shown.keys, keys, most=most_ticks)},
        "yaxis": {"scaleanchor": "x", "range": down, **_ticks(shown.queries, queries, most=most_ticks)},
    }
    if pinned is not None:
        layout["shapes"] = [_frame(*pinned)]
    layout["xaxis"]["title"], layout["yaxis"]["title"] = {"text": words.keys}, {"text": words.queries}
    # Built in one call, since each later trace or update costs Plotly as much as the whole figure. Plotly does not
    # check it, which is faster when a class moves from head to head; a test has Plotly check the same figures.
    return go.Figure(traces, layout, _validate=False)


def scatter_of_heads(
    x: NDArray[Any],
    y: NDArray[Any],
    *,
    title: str,
    x_title: str,
    y_title: str,
    groups: Sequence[str],
    names: Sequence[str],
    numbers: Sequence[tuple[int, int]],
    chosen: tuple[int, int] | None = None,
) -> go.Figure:
    """Draw one point for each head; heads of one group share a colour and a symbol."""
    figure = go.Figure()
    symbols = ("circle", "square", "diamond", "cross", "triangle-up", "x", "star", "hexagon")
    for number, group in enumerate(sorted(set(groups), key=list(groups).index)):
        members = [index for index, name in enumerate(groups) if name == group]
        figure.add_trace(
            go.Scatter(
                x=x[members],
                y=y[members],
                mode="markers",
                name=group,
                marker={"size": 9, "symbol": symbols[number % len(symbols)], "line": {"width": 0}},
                text=[names[index] for index in members],
                customdata=[list(numbers[index]) for index in members],
                hovertemplate=f"%{{text}}<br>{x_title} %{{x:.3f}}<br>{y_title} %{{y:.3f}}<extra></extra>",
            )
        )
    if chosen is not None and chosen in numbers:
        at = list(numbers).index(chosen)
        figure.add_annotation(x=x[at], y=y[at], text=f"{chosen[0]}-{chosen[1]}", showarrow=True, arrowhead=0, ay=-22)
    figure.update_xaxes(title=x_title)
    figure.update_yaxes(title=y_title)
    figure.update_layout(legend={"orientation": "h", "y": -0.2})
    return _laid_out(figure, title, height_px=430)


def bars(values: Sequence[float], labels: Sequence[str], *, title: str, value_title: str, unit: str = "") -> go.Figure:
    """Draw one horizontal bar for each label, the first on top, with its number."""
    figure = go.Figure(
        go.Bar(
            x=list(values),
            y=_names(labels),
            orientation="h",
            text=[f"{value:.3g}{unit}" for value in values],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"%{{y}}<br>{value_title} %{{x:.4g}}{unit}<extra></extra>",
        )
    )
    figure.update_xaxes(title=value_title, rangemode="tozero")
    figure.update_yaxes(autorange="reversed", **_ticks(labels, _names(labels)))
    return _laid_out(figure, title, height_px=max(220, 24 * len(labels) + 110))


def _names(labels: Sequence[str]) -> list[str]:
    return [_plain(name) for name in numbered(labels)]


def _plain(text: str) -> str:
    """Escape a token, so that Plotly does not read it as HTML (`<b>`, `<a href>`)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _clickable(weights: NDArray[Any], queries: list[str], keys: list[str], words: Words) -> dict[str, Any]:
    across, down = len(keys), len(queries)
    return {
        "type": "scatter",
        "x": keys * down,
        "y": [query for query in queries for _ in range(across)],
        "mode": "markers",
        "marker": {"symbol": "square", "size": 12, "opacity": 0},
        "selected": {"marker": _UNSEEN},
        "unselected": {"marker": _UNSEEN},
        # An array, since Plotly copies a list of lists number by number, twice.
        "customdata": np.asarray(weights, dtype=np.float32).ravel(),
        "hovertemplate": f"%{{y}} → %{{x}}<br>{words.weight} %{{customdata:.4f}}<extra></extra>",
        "showlegend": False,
    }


def _frame(query: int, key: int) -> dict[str, Any]:
    line = {"width": 2, "color": "#E69F00"}
    return {"type": "rect", "x0": key - 0.5, "x1": key + 0.5, "y0": query - 0.5, "y1": query + 0.5, "line": line}


def _height_px(rows: int) -> int:
    return min(max(CHART_PX, _HEAD_PX + _CELL_PX * rows), _TALLEST_CHART_PX)


def _ticks(labels: Sequence[str], categories: Sequence[str], *, most: int = _MOST_TICKS) -> dict[str, Any]:
    """Label every token, or every second, third, ... if the labels would overlap."""
    step = -(-len(labels) // most)
    return {
        "type": "category",
        "tickmode": "array",
        "tickvals": list(categories[::step]),
        "ticktext": [_plain(label) for label in labels[::step]],
        "constrain": "domain",
        "showgrid": False,
    }


def _look(title: str, *, height_px: int) -> dict[str, Any]:
    return {
        "title": {"text": title, "font": {"size": 15}, "automargin": True, "yref": "container"},
        "height": height_px,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "hovermode": "closest",
        "hoverdistance": 40,
        "clickmode": "event+select",
        "dragmode": False,
    }


def _laid_out(figure: go.Figure, title: str, *, height_px: int) -> go.Figure:
    return figure.update_layout(_look(title, height_px=height_px))


def numbers_table(
    values: NDArray[Any], shares: NDArray[Any], *, rows: Sequence[str], columns: Sequence[str], title: str
) -> go.Figure:
    """Draw a table of numbers on colours, with a colour scale for each column.

    Parameters
    ----------
    values, shares
        `[row, column]`: the numbers, and how strong the colour is, from 0 to 1. NaN leaves a cell empty.
    """
    written = [["" if np.isnan(value) else f"{value:.3f}" for value in row] for row in values]
    few = len(rows) <= _MOST_TICKS
    figure = go.Figure(
        go.Heatmap(
            z=shares,
            x=list(columns),
            y=_names(rows),
            zmin=0,
            zmax=1,
            showscale=False,
            text=written,
            texttemplate="%{text}" if few else None,
            hovertemplate="%{y}<br>%{x} %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(side="top", **_on_several_lines(columns))
    figure.update_yaxes(autorange="reversed", **_ticks(rows, _names(rows)))
    return _laid_out(figure, title, height_px=min(CHART_PX, 22 * len(rows) + 110))


def agreement(
    correlations: NDArray[Any], notes: Sequence[Sequence[str]], names: Sequence[str], *, title: str
) -> go.Figure:
    """Draw rank correlations `[method, method]`, from -1 to 1, with their numbers.

    Parameters
    ----------
    notes
        The text under each number, "" for nothing.
    """
    written = [
        ["" if np.isnan(value) else "<br>".join(filter(None, (f"{value:.2f}", note))) for value, note in row]
        for row in (zip(*pair, strict=True) for pair in zip(correlations, notes, strict=True))
    ]
    figure = go.Figure(
        go.Heatmap(
            z=np.abs(correlations),
            x=list(names),
            y=list(names),
            zmin=0,
            zmax=1,
            showscale=False,
            text=written,
            texttemplate="%{text}",
            textfont={"size": 12},
            hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(side="top", **_on_several_lines(names))
    figure.update_yaxes(autorange="reversed", **_on_several_lines(names))
    return _laid_out(figure, title, height_px=360)


def _on_several_lines(names: Sequence[str]) -> dict[str, Any]:
    """Label an axis so that names do not run into each other, and leave the cells room on a phone."""
    labels = ["<br>".join(wrap(name, _LINE_CHARACTERS)) for name in names]
    return {"tickvals": list(names), "ticktext": labels, "tickangle": 0, "showgrid": False}
