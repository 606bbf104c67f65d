"""The page's charts, each with its text alternative. Colours are the theme's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import plotly.graph_objects as go

from components.core.i18n import _
from components.core.visible import visible
from components.tokenizer.compare import Bill
from components.tokenizer.unigram import Edge, UnigramTrace
from components.ui.charts import Chart

_MARGIN: Final = {"l": 8, "r": 8, "t": 40, "b": 8}
_NEUTRAL: Final = "rgba(128,128,128,0.28)"  # readable on the light and on the dark background
_EDGE: Final = "rgba(128,128,128,0.9)"
_BAR_PX: Final = 22
_LANE_PX: Final = 34


def draw_costs(bills: Mapping[str, Sequence[Bill]]) -> Chart:
    """Draw what each sentence costs in tokens, one bar a tokenizer.

    Parameters
    ----------
    bills
        By the tokenizer's title; the same sentences in the same order for each.
    """
    figure = go.Figure(
        [
            go.Bar(
                name=title,
                orientation="h",
                y=[_(bill.sentence.name) for bill in each],
                x=[bill.measures.tokens for bill in each],
                text=[_bar_label(bill) for bill in each],
                textposition="auto",
                customdata=[[visible(bill.sentence.text), bill.ratio, bill.measures.unknown] for bill in each],
                hovertemplate="%{customdata[0]}<br>"
                + _("{tokens} tokens, {ratio} times the first; unknown: {unknown}").format(
                    tokens="%{x}", ratio="%{customdata[1]:.1f}", unknown="%{customdata[2]}"
                )
                + f"<extra>{title}</extra>",
            )
            for title, each in bills.items()
        ]
    )
    sentences = len(next(iter(bills.values())))
    figure.update_layout(
        barmode="group",
        height=110 + sentences * len(bills) * _BAR_PX + sentences * 10,
        margin=_MARGIN,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "traceorder": "normal"},
    )
    figure.update_yaxes(autorange="reversed")
    figure.update_xaxes(title=_("tokens for the same sentence"), rangemode="tozero")
    rows = "; ".join(
        title + ": " + ", ".join(f"{_(bill.sentence.name)} {bill.measures.tokens}" for bill in each)
        for title, each in bills.items()
    )
    return Chart(figure, _("Bars: tokens for the same sentence. {rows}.").format(rows=rows))


def _bar_label(bill: Bill) -> str:
    label = _("{tokens} ({ratio:.1f}×)").format(tokens=bill.measures.tokens, ratio=bill.ratio)
    unknown = bill.measures.unknown
    return label + " " + _("{unknown} unknown").format(unknown=unknown) if unknown else label


def draw_lattice(trace: UnigramTrace) -> Chart:
    """Draw every piece that occurs in a word as a bar over the letters it covers; the best path in full colour."""
    chosen = set(trace.path)
    lanes = _lanes(trace.edges, chosen)
    figure = go.Figure()
    for on_path in (True, False):
        shown = [(edge, lane) for edge, lane in lanes if (edge in chosen) is on_path]
        figure.add_bar(
            orientation="h",
            base=[edge.start for edge, _lane in shown],
            x=[edge.end - edge.start for edge, _lane in shown],
            y=[lane for _edge, lane in shown],
            width=0.8,
            text=[_edge_label(edge) for edge, _lane in shown],
            textposition="inside",
            insidetextanchor="middle",
            marker={"line": {"width": 1, "color": _EDGE}} | ({} if on_path else {"color": _NEUTRAL}),
            name=_("best path") if on_path else _("other pieces"),
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_layout(
        barmode="overlay",
        height=110 + _LANE_PX * (1 + max((lane for _edge, lane in lanes), default=0)),
        margin=_MARGIN,
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
    )
    figure.update_yaxes(autorange="reversed", visible=False)
    figure.update_xaxes(
        tickvals=[position + 0.5 for position in range(len(trace.word))],
        ticktext=[visible(character) for character in trace.word],
        range=[0, max(1, len(trace.word))],
        showgrid=False,
        zeroline=False,
    )
    path = " + ".join(_edge_label(edge) for edge in trace.path)
    alt = _("{count} pieces of the vocabulary occur in the word. Best path: {path}, together {score:.2f}.")
    return Chart(figure, alt.format(count=len(trace.edges), path=path, score=trace.best_scores[-1]))


def _edge_label(edge: Edge) -> str:
    return f"{visible(edge.token)} {edge.score:.2f}"


def _lanes(edges: Sequence[Edge], first: set[Edge]) -> list[tuple[Edge, int]]:
    """Give each edge a row in which it overlaps no other; the best path has the first row to itself."""
    placed = [(edge, 0) for edge in edges if edge in first]
    free_from: list[int] = []
    for edge in edges:
        if edge in first:
            continue
        lane = next((number for number, end in enumerate(free_from) if end <= edge.start), len(free_from))
        free_from[lane : lane + 1] = [edge.end]
        placed.append((edge, lane + 1))
    return placed


def draw_growth(points: Sequence[tuple[int, int]], *, steps: int) -> Chart:
    """Draw how many tokens the training text takes as the vocabulary grows, and where the reader is.

    Parameters
    ----------
    points
        Learned pieces and tokens, as `train.measure_growth` gives them.
    steps
        How many learned pieces the reader looks at.
    """
    pieces, tokens = [point[0] for point in points], [point[1] for point in points]
    figure = go.Figure(
        go.Scatter(
            x=pieces,
            y=tokens,
            mode="lines",
            hovertemplate=_("{tokens} tokens with {pieces} learned pieces").format(tokens="%{y}", pieces="%{x}")
            + "<extra></extra>",
        )
    )
    figure.add_vline(x=steps, line_dash="dot", line_color="rgba(128,128,128,0.8)")
    figure.update_layout(
        height=260,
        margin=_MARGIN,
        title=_("More pieces in the vocabulary, fewer tokens for the text"),
        showlegend=False,
    )
    figure.update_xaxes(title=_("learned pieces"))
    figure.update_yaxes(title=_("tokens"), rangemode="tozero")
    alt = _("Line: the training text is {first} tokens without learned pieces and {last} with {pieces}.")
    return Chart(figure, alt.format(first=tokens[0], last=tokens[-1], pieces=pieces[-1]))
