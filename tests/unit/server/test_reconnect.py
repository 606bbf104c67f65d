"""A new session that an older tab clicks in: what the tab holds is newer than its address."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def app() -> None:
    import streamlit as st

    from components.core.parameters import Choice, Number
    from components.server.streamlit_internals import sessions
    from components.ui import links

    sessions.stash_widget_state()
    layer = Number("layer", 0, 11, default=3)
    model = Choice("model", ("bert", "gpt2"), "bert")
    links.enter("page")
    links.read("page", (layer, model))
    if st.session_state["layer"] < 10:  # one that some views have, and others have not
        st.selectbox("Model", model.options, format_func=str.upper, **links.bound("page", model))
    st.slider("Layer", 0, 11, **links.bound("page", layer))
    st.checkbox("Own", key="own")
    presses = st.session_state.setdefault("presses", [])
    if st.button("Press", on_click=presses.append, args=("callback",)):
        presses.append("body")
    sessions.replay_widget_state()


def opened(**asked: str) -> AppTest:
    at = AppTest.from_function(app)
    for name, value in asked.items():
        at.query_params[name] = value
    return at.run()


def clicked_after_a_restart(older: AppTest, **asked: str) -> AppTest:
    """Send what an older tab holds to a new session, which has the address from before the click."""
    at = AppTest.from_function(app)
    for name, value in asked.items():
        at.query_params[name] = value
    return at._run(older._tree.get_widget_states())


def shown(at: AppTest) -> tuple[object, object, object]:
    assert not at.exception
    return at.slider[0].value, at.selectbox[0].value, at.checkbox[0].value


def test_a_fresh_link_is_read_as_ever():
    at = opened(layer="7", model="gpt2")
    assert shown(at) == (7, "gpt2", False)
    assert at.session_state["presses"] == []


def test_a_moved_widget_wins_over_the_address_and_writes_it():
    older = opened(layer="7", model="gpt2")
    older.slider[0].set_value(8)
    older.checkbox[0].check()
    at = clicked_after_a_restart(older, layer="7", model="gpt2")
    assert shown(at) == (8, "gpt2", True)
    assert at.query_params == {"layer": "8", "model": "gpt2"}
    assert at.slider[0].proto.set_value  # the browser was told 7 meanwhile
    assert shown(at.run()) == (8, "gpt2", True)


def test_a_button_is_pressed_once():
    older = opened(layer="7")
    older.button[0].click()
    at = clicked_after_a_restart(older, layer="7")
    assert at.session_state["presses"] == ["callback", "body"]
    assert shown(at) == (7, "bert", False)
