"""Streamlit's theme for Plotly, made when the first page with a figure is drawn.

`import streamlit` loads Plotly to make it: a third of its time, and the front page has no figure.

Read in Streamlit 1.67.0: `elements.lib.streamlit_plotly_theme`, which makes no theme where Plotly cannot be imported.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any


def postpone_plotly() -> None:
    """Import Streamlit without Plotly. Where one of them is imported already it changes nothing."""
    modules: dict[str, Any] = sys.modules
    if "streamlit" not in modules and modules.setdefault("plotly.graph_objects", None) is None:
        import streamlit  # noqa: F401

        del modules["plotly.graph_objects"]


@cache
def make_theme() -> None:
    """Make the theme. Call it before a figure is made; another call changes nothing."""
    from streamlit.elements.lib.streamlit_plotly_theme import configure_streamlit_plotly_theme

    configure_streamlit_plotly_theme()
