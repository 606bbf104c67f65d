"""Tables whose words stay in one piece: on a phone the browser would break them letter by letter."""

from __future__ import annotations

from typing import Any

import streamlit as st


def labelled_table(rows: Any, *, key: str, **options: Any) -> None:  # noqa: ANN401 (what st.table takes)
    """Draw a static table whose first column holds labels; `options` are those of `st.table`.

    Streamlit sets how a cell's text breaks on the paragraph inside it, so the page's own rule does not reach it.
    """
    cell = f".st-key-{key} tbody"
    labels = f"{cell} th * {{ white-space: nowrap !important }}"
    words = f"{cell} td p {{ word-break: keep-all !important }}"
    with st.container(key=key):
        st.html(f"<style>{labels} {words}</style>")
        st.table(rows, border="horizontal", **options)
