"""The map of the texts, with its text alternative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
from numpy.typing import NDArray

from components.core.i18n import _
from components.embeddings.figures import EDGE, MARGIN, TALL_PX, short
from components.models.projection import Map
from components.ui.charts import Chart


def flat_map(
    drawn: Map,
    titles: Sequence[str],
    themes: Sequence[str | None],
    *,
    query: NDArray[Any] | None,
    nearest: Sequence[int],
) -> Chart:
    """Draw the texts as points, coloured by theme, and the question with lines to what is nearest to it.

    Parameters
    ----------
    themes
        In the visitor's language; None for texts without one.
    query
        `[2]`, where the question stands; None without one.
    nearest
        Places of the items nearest to the question by the chosen measure, before the projection.
    """
    figure = go.Figure()
    for theme in dict.fromkeys(themes):
        places = [place for place, other in enumerate(themes) if other == theme]
        figure.add_scatter(
            x=drawn.points[places, 0],
            y=drawn.points[places, 1],
            mode="markers",
            name=theme or _("texts"),
            marker={"size": 9, "line": {"width": 0.5, "color": EDGE}},
            customdata=[short(titles[place]) for place in places],
            hovertemplate="%{customdata}<extra></extra>",
        )
    if query is not None:
        _add_query(figure, drawn, query, nearest, titles)
    axis = _("direction {number}: {share:.0%} of the differences")
    figure.update_xaxes(title=axis.format(number=1, share=drawn.explained[0]), zeroline=False)
    figure.update_yaxes(title=axis.format(number=2, share=drawn.explained[1]), zeroline=False, scaleanchor="x")
    figure.update_layout(
        height=TALL_PX + 20,
        margin={**MARGIN, "t": 8},
        legend={"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0},
        hovermode="closest",
    )
    alt = _("Map of {count} texts; its two directions show {share:.0%} of the differences. Nearest: {nearest}.")
    named = ", ".join(titles[place] for place in nearest) or "–"
    return Chart(figure, alt.format(count=len(titles), share=sum(drawn.explained), nearest=named))


def _add_query(
    figure: go.Figure, drawn: Map, query: NDArray[Any], nearest: Sequence[int], titles: Sequence[str]
) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    for place in nearest:
        x += [float(query[0]), float(drawn.points[place, 0]), None]
        y += [float(query[1]), float(drawn.points[place, 1]), None]
    line = {"width": 1, "color": EDGE}
    figure.add_scatter(x=x, y=y, mode="lines", line=line, hoverinfo="skip", showlegend=False)
    figure.add_scatter(
        x=drawn.points[list(nearest), 0],
        y=drawn.points[list(nearest), 1],
        mode="text",
        text=[short(titles[place]) for place in nearest],
        textposition="top center",
        hoverinfo="skip",
        showlegend=False,
    )
    marker = {"size": 16, "symbol": "star", "color": EDGE, "line": {"width": 1, "color": EDGE}}
    name = _("your question")
    figure.add_scatter(
        x=[query[0]], y=[query[1]], mode="markers", name=name, marker=marker, hovertemplate=name + "<extra></extra>"
    )
