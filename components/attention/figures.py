"""The charts of the page, drawn from numbers and labels. Callers pass the titles, already translated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from components.attention.pictures import Tiles
from components.attention.token_labels import numbered

MOST_CLICKABLE_CELLS: Final = 4_096
"""Of one pattern: each cell gets its own transparent point, since Plotly reports no clicks on heatmaps."""

_MOST_TICKS: Final = 40
_TICK_PX: Final = 11
_HEAD_PX: Final = 120  # the part of a chart's height for the title and the slanted labels
CHART_PX: Final = 430
SMALL_CHART_PX: Final = 330
_TALLEST_CHART_PX: Final = 900
_CELL_PX: Final = 6  # height of a cell in a long text, until the chart is as tall as a screen
_EDGE: Final = "rgba(128, 128, 128, 0.35)"  # a grey that is visible on light and on dark
_VEIL: Final = "rgba(128, 128, 128, 0.22)"
_UNSEEN: Final = {"opacity": 0}


@dataclass(frozen=True, eq=False)
class Pattern:
    """One head's weights and the tokens beside them.

    Attributes
    ----------
    weights
        `[query, key]`.
    visible
        `[query, key]`, False where the mask forbids a query to look; None if it forbids nothing.
    """

    weights: NDArray[Any]
    queries: Sequence[str]
    keys: Sequence[str]
    visible: NDArray[np.bool_] | None = None


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
    signed: bool = False,
    pinned: tuple[int, int] | None = None,
    small: bool = False,
    height_px: int | None = None,
) -> go.Figure:
    """Draw one pattern: queries down, keys across, square cells.

    Parameters
    ----------
    largest
        The weight that gets the full colour.
    signed
        Whether the weights are differences, which have a colour scale centred at 0.
    pinned
        `(query, key)` of a cell to frame.
    small
        For charts side by side: without the scale and the titles of the axes, which its neighbour has.
    height_px
        None for the height that the tokens need, up to a limit.
    """
    height_px = height_px or (SMALL_CHART_PX if small else _height_px(len(shown.queries)))
    most_ticks = (height_px - _HEAD_PX) // _TICK_PX
    queries, keys = _names(shown.queries), _names(shown.keys)
    heatmap: dict[str, Any] = {
        "type": "heatmap",
        "z": np.asarray(shown.weights, dtype=np.float32),
        "x": keys,
        "y": queries,
        "zmin": -largest if signed else 0,
        "zmax": largest,
        "showscale": not small,
        "colorbar": {"title": {"text": words.weight, "side": "right"}, "thickness": 10, "outlinewidth": 0},
        "hovertemplate": f"%{{y}} → %{{x}}<br>{words.weight} %{{z:.4f}}<extra></extra>",
    }
    if signed:
        heatmap["autocolorscale"] = True  # numbers below 0: the theme's diverging scale
    traces = [heatmap]
    if shown.visible is not None and not shown.visible.all():
        traces.append(_forbidden(shown.visible, queries, keys))
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
    if not small:
        layout["xaxis"]["title"], layout["yaxis"]["title"] = {"text": words.keys}, {"text": words.queries}
    # Built in one call, since each later trace or update costs Plotly as much as the whole figure. Plotly does not
    # check it, which is faster when a class moves from head to head; a test has Plotly check the same figures.
    return go.Figure(traces, layout, _validate=False)


def thumbnails(
    shown: Tiles,
    *,
    title: str,
    names: Sequence[str],
    numbers: Sequence[tuple[int, int]],
    row_title: str | None = None,
    column_title: str | None = None,
    chosen: tuple[int, int] | None = None,
    height_px: int = CHART_PX + 10,
) -> go.Figure:
    """Draw many patterns as one picture; each tile can be clicked.

    Parameters
    ----------
    names
        The text of each tile on hover, row by row.
    numbers
        `(layer, head)` of each tile, which a click reports.
    row_title, column_title
        Given if rows are layers and columns are heads: then their numbers are beside the picture. Without them the
        number of the head is above each tile.
    chosen
        The head to frame.
    """
    height, width = shown.picture.shape
    figure = go.Figure(go.Heatmap(z=shown.picture, zmin=0, zmax=255, showscale=False, hoverinfo="skip"))
    centres = [shown.centre(*divmod(index, shown.columns)) for index in range(len(names))]
    figure.add_trace(
        go.Scatter(
            x=[x for x, _ in centres],
            y=[y for _, y in centres],
            mode="markers",
            marker={"symbol": "square", "size": 24, "opacity": 0},
            selected={"marker": _UNSEEN},
            unselected={"marker": _UNSEEN},
            customdata=[list(pair) for pair in numbers],
            text=list(names),
            hovertemplate="%{text}<extra></extra>",
        )
    )
    for index, (x, y) in enumerate(centres):
        half = shown.tile / 2
        is_chosen = numbers[index] == chosen
        figure.add_shape(
            type="rect",
            x0=x - half,
            x1=x + half,
            y0=y - half,
            y1=y + half,
            line={"width": 2.5 if is_chosen else 0.7, "color": "#E69F00" if is_chosen else _EDGE},
        )
    _label_tiles(figure, shown, centres, numbers, row_title=row_title, column_title=column_title)
    figure.update_xaxes(range=[-1, width], showgrid=False, zeroline=False, constrain="domain")
    figure.update_yaxes(range=[height, -1], showgrid=False, zeroline=False, scaleanchor="x", constrain="domain")
    return _laid_out(figure, title, height_px=height_px)


def _label_tiles(
    figure: go.Figure,
    shown: Tiles,
    centres: Sequence[tuple[float, float]],
    numbers: Sequence[tuple[int, int]],
    *,
    row_title: str | None,
    column_title: str | None,
) -> None:
    if row_title is None or column_title is None:
        figure.update_xaxes(showticklabels=False, ticks="")
        figure.update_yaxes(showticklabels=False, ticks="")
        for (x, y), (_, head) in zip(centres, numbers, strict=True):
            above = y - shown.tile / 2
            figure.add_annotation(x=x, y=above, text=str(head), showarrow=False, yanchor="bottom", font_size=12)
        return
    layers = [numbers[row * shown.columns][0] for row in range(shown.rows)]
    heads = [head for _, head in numbers[: shown.columns]]
    across = [shown.centre(0, column)[0] for column in range(len(heads))]
    down = [shown.centre(row, 0)[1] for row in range(len(layers))]
    figure.update_xaxes(title=column_title, side="top", tickvals=across, ticktext=heads)
    figure.update_yaxes(title=row_title, tickvals=down, ticktext=layers)


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


def _forbidden(visible: NDArray[np.bool_], queries: list[str], keys: list[str]) -> dict[str, Any]:
    """Draw grey over the cells that the mask keeps empty, to distinguish them from weights near 0."""
    return {
        "type": "heatmap",
        "z": np.where(visible, np.nan, 1.0).astype(np.float32),
        "x": keys,
        "y": queries,
        "colorscale": [[0.0, _VEIL], [1.0, _VEIL]],
        "showscale": False,
        "hoverinfo": "skip",
    }


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
    written = [["" if np.isnan(value) else f"{value:.3g}" for value in row] for row in values]
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
    figure.update_xaxes(side="top", showgrid=False)
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
            hovertemplate="%{y}, %{x}: %{text}<extra></extra>",
        )
    )
    figure.update_xaxes(side="top", showgrid=False, tickangle=-30)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return _laid_out(figure, title, height_px=320)
