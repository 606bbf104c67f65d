"""How every chart is drawn: one look, a text alternative, no toolbar, nothing fetched."""

from __future__ import annotations

from html import escape
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
TEXT_PX: Final = 13
"""Of the words on axes, legends and points: what can be read from the last row."""
_TITLE_PX: Final = 44
"""What the figures' margins keep free for a title, which stands above the picture."""
_TOP_PX: Final = 10


class Chart(NamedTuple):
    """A figure, and what it shows in words and numbers, for readers who cannot see it.

    Attributes
    ----------
    figure
        Its colours are left to the theme: a figure that names no colour scale follows light and dark.
    """

    figure: Figure
    alt: str


def draw(chart: Chart, *, key: str, least_width_px: int = 0, **selection: Any) -> Any:  # noqa: ANN401 (Streamlit's own union)
    """Draw a chart: its title as text, which wraps where the window is narrow, and the picture below it.

    Parameters
    ----------
    key
        The widget key; the Export menu finds the chart by it.
    least_width_px
        Where the page is narrower the picture keeps this width and is scrolled sideways in its place.
    selection
        `on_select` and `selection_mode` of `st.plotly_chart`.
    """
    title = _take_title(chart.figure)
    height = chart.figure.layout.height
    place = [f".st-key-{key} {{ min-height: {height}px }}"] if height is not None and title else []
    if least_width_px:
        place.append(
            f".st-key-{key} {{ overflow-x: auto }} "
            f'.st-key-{key} [data-testid="stFullScreenFrame"] {{ min-width: {least_width_px}px }}'
        )
    style = f"<style>{' '.join(place)}</style>" if place else ""
    heading = f'<p class="chart-title">{escape(title, quote=False)}</p>' if title else ""
    if style or heading:
        st.html(style + heading)
    chart.figure.update_layout(font_size=TEXT_PX)
    for axes in (chart.figure.update_xaxes, chart.figure.update_yaxes):
        axes(tickfont_size=TEXT_PX, title_font_size=TEXT_PX)
    return st.plotly_chart(chart.figure, key=key, alt=chart.alt, config=CONFIG, **selection)


def _take_title(figure: Figure) -> str:
    """Return a figure's title and take it out of the figure; what was taken is noted there, for another drawing."""
    noted = figure.layout.meta or {}
    title = figure.layout.title.text
    if not title:
        return str(noted.get("title", ""))
    figure.layout.meta = {**noted, "title": title}
    figure.layout.title.text = None
    if figure.layout.margin.t is not None and figure.layout.margin.t <= _TITLE_PX:
        figure.layout.margin.t = _TOP_PX
    return str(title)
