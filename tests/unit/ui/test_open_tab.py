"""Only what can be seen is drawn."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def app() -> None:
    from functools import partial

    import streamlit as st

    from components.ui.open_tab import draw_open_tab

    draw_open_tab({name: partial(st.text, name) for name in ("Waves", "Claims", "Words")}, key="tab")


def test_the_open_tab_is_drawn_and_no_other():
    at = AppTest.from_function(app).run()
    assert [text.value for text in at.text] == ["Waves"]
    at.session_state["tab"] = "Words"
    assert [text.value for text in at.run().text] == ["Words"]
    assert not at.exception
