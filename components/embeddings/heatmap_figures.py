"""The heatmap of all scores, with its text alternative."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from components.core.i18n import _
from components.embeddings.figures import MARGIN, TALL_PX, short
from components.ui.charts import Chart

_MOST_TICKS: Final = 16  # that stay apart on a phone


def heatmap(
    values: NDArray[Any], titles: Sequence[str], themes: Sequence[str | None], *, title: str, closest: str
) -> Chart:
    """Draw the score of each text with each, square cells.

    Parameters
    ----------
    values
        `[item, item]`.
    themes
        In the visitor's language; None for texts without one. Texts of one theme stand together.
    closest
        The closest pair in words, for the text alternative.
    """
    labels = [short(each) for each in titles]
    # The diagonal, each text with itself, would take the full colour and leave the rest pale.
    off = values[~np.eye(len(values), dtype=bool)]
    full = float(np.abs(off).max()) or 1.0
    figure = go.Figure(
        go.Heatmap(
            z=values,
            zmin=-full if off.min() < 0 else 0.0,
            zmax=full,
            autocolorscale=True,
            customdata=[[[row, column] for column in labels] for row in labels],
            hovertemplate="%{customdata[0]}<br>%{customdata[1]}<br>%{z:.3f}<extra></extra>",
            colorbar={"thickness": 10, "len": 0.6},
        )
    )
    places, names = _ticks(labels, themes)
    ticks = {"tickvals": places, "ticktext": names, "tickfont": {"size": 11}, "showgrid": False}
    figure.update_xaxes(showticklabels=False, ticks="", constrain="domain", showgrid=False)
    figure.update_yaxes(
        autorange="reversed", scaleanchor="x", constrain="domain", constraintoward="top", ticks="", **ticks
    )
    figure.update_layout(title={"text": title, "x": 0}, height=TALL_PX, margin=MARGIN)
    alt = _("Heatmap of {count} by {count} scores, from {least:.2f} to {most:.2f} between different texts. {closest}")
    return Chart(figure, alt.format(count=len(labels), least=float(off.min()), most=float(off.max()), closest=closest))


def _ticks(labels: Sequence[str], themes: Sequence[str | None]) -> tuple[list[float], list[str]]:
    """Return where rows are named and how: each theme in its middle, or every so many titles where there are none."""
    groups = [theme for theme in dict.fromkeys(themes) if theme is not None]
    if groups:
        rows = [[place for place, theme in enumerate(themes) if theme == group] for group in groups]
        return [sum(each) / len(each) for each in rows], groups
    every = max(1, -(-len(labels) // _MOST_TICKS))
    return [float(place) for place in range(0, len(labels), every)], list(labels[::every])
