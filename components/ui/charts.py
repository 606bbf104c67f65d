"""How every chart is shown: one look, a text alternative, no toolbar, nothing fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

CONFIG: Final[dict[str, Any]] = {
    "displayModeBar": False,
    "scrollZoom": False,
    "showTips": False,
    "responsive": True,
}


def chart(figure: Figure, *, alt: str, key: str, **selection: Any) -> Any:  # noqa: ANN401 (Streamlit's own union)
    """Show a figure.

    Parameters
    ----------
    figure
        Colours are left to the theme: name no colour scale, and it follows light and dark (.streamlit/config.toml).
    alt
        What the chart shows, in words and numbers, for who cannot see it.
    key
        The widget key; the Export menu finds the chart by it.
    selection
        `on_select` and `selection_mode` of `st.plotly_chart`.
    """
    return st.plotly_chart(figure, key=key, alt=alt, config=CONFIG, **selection)
