"""The page's charts, each with its text alternative. Colours are the theme's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import plotly.graph_objects as go

from components.CONCEPT.counts import LetterCount
from components.CONCEPT.link import Order
from components.core.i18n import _
from components.ui.charts import Chart

MOST_BARS: Final = 30
_HEIGHT_PX: Final = 340
_MARGIN: Final = {"l": 8, "r": 8, "t": 10, "b": 8}


def bars(counts: Sequence[LetterCount], order: Order) -> Chart:
    """Draw the most frequent letters, a bar each."""
    shown = list(counts[:MOST_BARS])
    if order == "alphabet":
        shown.sort(key=lambda each: each.letter)
    figure = go.Figure(
        go.Bar(
            x=[each.letter for each in shown],
            y=[each.count for each in shown],
            customdata=[each.share for each in shown],
            hovertemplate="%{x}: %{y} (%{customdata:.1%})<extra></extra>",
        )
    )
    figure.update_layout(height=_HEIGHT_PX, margin=_MARGIN)
    figure.update_xaxes(title=_("letter"), type="category")
    figure.update_yaxes(title=_("how often it occurs"), rangemode="tozero")
    listed = ", ".join(f"{each.letter} {each.count}" for each in shown)
    return Chart(figure, _("Bars, each letter and how often it occurs: {letters}.").format(letters=listed))
