"""The page's charts, each with its text alternative. Colours are the theme's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import plotly.graph_objects as go
from numpy.typing import NDArray

from components.core.i18n import _
from components.embeddings import wording
from components.embeddings.quality import Mean, Quality
from components.embeddings.search import Hit
from components.models.projection import Map
from components.ui.charts import Chart

FIRST: Final = 8
"""How many items of each order the comparison of ranks shows."""

MARGIN: Final = {"l": 8, "r": 8, "t": 44, "b": 8}
_NEUTRAL: Final = "rgba(128,128,128,0.55)"  # readable on the light and on the dark background
EDGE: Final = "rgba(128,128,128,0.9)"
_MAP_PX: Final = 520
_SHORT_CHARS: Final = 16  # what stands beside a point on a phone
_BINS: Final = 50


def draw_ranks(hits: Sequence[Hit], titles: Sequence[str]) -> Chart:
    """Draw the first items of both orders and where each stands in the other.

    Parameters
    ----------
    hits
        All items, best by meaning first.
    titles
        Of all items, by their place.
    """
    beyond, nowhere = FIRST + 1, FIRST + 2
    shown = [hit for hit in hits if hit.rank <= FIRST or (hit.word_rank or nowhere) <= FIRST]
    traces: list[dict[str, Any]] = []
    for hit in shown:
        by_words = nowhere if hit.word_rank is None else min(hit.word_rank, beyond)
        by_meaning = min(hit.rank, beyond)
        both = by_words <= FIRST and by_meaning <= FIRST
        title = short(titles[hit.place])
        traces.append(
            {
                "type": "scatter",
                "x": [0, 1],
                "y": [by_words, by_meaning],
                "mode": "lines+markers+text",
                "text": [title if by_words <= FIRST else "", title if by_meaning <= FIRST else ""],
                "textposition": ["middle left", "middle right"],
                "cliponaxis": False,
                "line": {"width": 2.5} if both else {"width": 1, "dash": "dot", "color": _NEUTRAL},
                "marker": {"size": 7} if both else {"size": 6, "color": EDGE},
                "customdata": [title, title],
                "hovertemplate": "%{customdata}<extra></extra>",
                "showlegend": False,
            }
        )
    bare = {"showgrid": False, "zeroline": False}
    rows = list(range(1, nowhere + 1))
    labels = [str(row) for row in range(1, beyond)] + [_("later"), _("not found")]
    sides = [_("by words<br>(BM25)"), _("by vector")]
    layout = {
        "xaxis": {"tickvals": [0, 1], "ticktext": sides, "range": [-1.9, 2.4], "side": "top", "tickangle": 0, **bare},
        "yaxis": {"tickvals": rows, "ticktext": labels, "range": [nowhere + 0.5, 0.4], **bare},
        "height": 390,
        "margin": {**MARGIN, "t": 30},
    }
    figure = go.Figure(traces, layout)  # in one go: each trace that is added later costs Plotly as much as all of them
    same = sum(hit.rank <= FIRST and hit.word_rank is not None and hit.word_rank <= FIRST for hit in shown)
    first = ", ".join(f"{hit.rank} {titles[hit.place]}" for hit in hits[:FIRST])
    alt = _("Ranks side by side. By vector: {first}. Among the first {count} of both orders: {same}.")
    return Chart(figure, alt.format(first=first, count=FIRST, same=same))


def draw_cosines(raw: NDArray[Any], centred: NDArray[Any]) -> Chart:
    """Draw how often each cosine occurs among all pairs, as the vectors come and with the mean subtracted.

    Parameters
    ----------
    raw, centred
        `[pair]`.
    """
    least = min(-0.6, float(min(raw.min(), centred.min())))
    bins = {"start": least, "end": 1.0, "size": (1.0 - least) / _BINS}
    figure = go.Figure()
    for name, values in ((_("as they are"), raw), (_("mean subtracted"), centred)):
        figure.add_histogram(
            x=values,
            xbins=bins,
            name=name,
            opacity=0.75,
            hovertemplate=_("cosine {cosine}, pairs: {pairs}").format(cosine="%{x}", pairs="%{y}") + "<extra></extra>",
        )
        figure.add_vline(x=float(values.mean()), line={"width": 1.5, "dash": "dot", "color": EDGE})
    figure.update_layout(
        title={"text": _("How similar are two random texts?"), "x": 0},
        barmode="overlay",
        height=380,
        margin=MARGIN,
        legend={"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0},
    )
    figure.update_xaxes(title=_("cosine of a pair of texts"), range=[least, 1.0])
    figure.update_yaxes(title=_("pairs"))
    alt = _("Cosines of {pairs} pairs: as they come {raw:.2f} on average, with the mean subtracted {centred:.2f}.")
    return Chart(figure, alt.format(pairs=len(raw), raw=float(raw.mean()), centred=float(centred.mean())))


def draw_recall(rows: Mapping[str, Mapping[str, Quality]]) -> Chart:
    """Draw the share of right texts among the first three, with 95% intervals.

    Parameters
    ----------
    rows
        By the name of the search, then by the name of the group of questions; the same groups for each.
    """
    figure = go.Figure(
        [
            go.Bar(
                name=name,
                orientation="h",
                y=list(groups),
                x=[quality.recall.mean for quality in groups.values()],
                error_x=_whiskers([quality.recall for quality in groups.values()]),
                customdata=[wording.share(quality.recall) for quality in groups.values()],
                hovertemplate="%{y}: %{customdata}<extra>" + name + "</extra>",
            )
            for name, groups in rows.items()
        ]
    )
    groups = next(iter(rows.values()))
    figure.update_layout(
        title={"text": _("Right texts among the first three (recall@3)"), "x": 0},
        barmode="group",
        height=130 + 26 * len(rows) * len(groups),
        margin=MARGIN,
        legend={"orientation": "h", "y": -0.12, "yanchor": "top", "x": 0, "traceorder": "normal"},
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(range=[0, 1.02], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%")
    said = "; ".join(
        f"{name}: " + ", ".join(f"{group} {wording.share(quality.recall)}" for group, quality in each.items())
        for name, each in rows.items()
    )
    return Chart(figure, _("Bars: right texts among the first three, with 95% intervals. {rows}.").format(rows=said))


def _whiskers(means: Sequence[Mean]) -> dict[str, Any]:
    """Return the error bars of some means; where there is no interval there is no bar."""
    bounds = [each.interval or (each.mean, each.mean) for each in means]
    return {
        "type": "data",
        "symmetric": False,
        "array": [high - each.mean for each, (_low, high) in zip(means, bounds, strict=True)],
        "arrayminus": [each.mean - low for each, (low, _high) in zip(means, bounds, strict=True)],
        "color": EDGE,
    }


def short(title: str) -> str:
    """Return a title that fits; plotly reads some HTML, which a visitor's text must not write."""
    cut = title if len(title) <= _SHORT_CHARS else title[: _SHORT_CHARS - 1] + "…"
    return cut.replace("&", "&amp;").replace("<", "&lt;")


def draw_map(
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
        height=_MAP_PX,
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
    name = _("your query")
    figure.add_scatter(
        x=[query[0]], y=[query[1]], mode="markers", name=name, marker=marker, hovertemplate=name + "<extra></extra>"
    )
