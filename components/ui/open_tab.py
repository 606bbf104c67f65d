"""Tabs of which only the open one is drawn: a hidden one costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st


def draw_open_tab(draws: Mapping[str, Callable[[], None]], *, key: str) -> None:
    """Draw tabs, and what is in the one that is open.

    Parameters
    ----------
    draws
        What draws each tab, by the label of the tab.
    key
        Of the widget; its value is the label of the open tab.
    """
    for tab, draw in zip(st.tabs(list(draws), on_change="rerun", key=key), draws.values(), strict=True):
        if tab.open:
            with tab:
                draw()
