"""How every chart is drawn: one look, a text alternative, no toolbar, nothing fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import streamlit as st

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CONFIG: Final[dict[str, Any]] = {
    "displayModeBar": False,
    "scrollZoom": False,
    "showTips": False,
    "responsive": True,
}


class Chart(NamedTuple):
    """A figure, and what it shows in words and numbers, for readers who cannot see it.

    Attributes
    ----------
    figure
        Its colours are left to the theme: a figure that names no colour scale follows light and dark.
    """

    figure: Figure
    alt: str


def draw(chart: Chart, *, key: str, **selection: Any) -> Any:  # noqa: ANN401 (Streamlit's own union)
    """Draw a chart.

    Parameters
    ----------
    key
        The widget key; the Export menu finds the chart by it.
    selection
        `on_select` and `selection_mode` of `st.plotly_chart`.
    """
    return st.plotly_chart(chart.figure, key=key, alt=chart.alt, config=CONFIG, **selection)
