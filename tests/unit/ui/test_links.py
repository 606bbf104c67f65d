"""The address and the widgets say the same, whichever moves."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from components.core.parameters import Number
from components.ui import links


def page() -> None:
    import streamlit as st

    from components.core.parameters import Choice, Number, Text
    from components.ui import links

    text = Text("text", most_chars=20, default="novel")
    model = Choice("model", ("bert", "gpt2"), "bert")
    layer = Number("layer", 0, 11, default=3)
    parameters = (text, model, layer)
    scope = st.session_state.get("scope", "page")  # which page is on the screen
    links.enter(scope)
    links.read(scope, parameters)
    links.notes(scope)
    st.text_input("Text", **links.bound(scope, text))
    st.selectbox("Model", model.options, format_func=str.upper, **links.bound(scope, model))
    st.slider("Layer", 0, 11, **links.bound(scope, layer))
    values = st.session_state.get("step")

    def begin() -> None:
        links.set_defaults(scope, values or {})
        links.reset(scope, parameters)
        links.publish(scope, *parameters)

    st.button("Step", on_click=begin)
    st.button("Show me", on_click=links.set_up, args=(scope, parameters, values or {}))
    st.button("Follow", on_click=links.follow, args=(scope, parameters))
    if st.session_state.get("begins_at"):
        links.set_defaults(scope, {}, step=st.session_state["begins_at"])
    st.code(links.address({"text": st.session_state["text"], "layer": st.session_state["layer"]}))


def opened(**asked: str | list[str]) -> AppTest:
    at = AppTest.from_function(page)
    for name, value in asked.items():
        at.query_params[name] = value
    return at.run()


def shown(at: AppTest) -> tuple[object, object, object]:
    assert not at.exception
    return at.text_input[0].value, at.selectbox[0].value, at.slider[0].value


def test_without_a_link_the_defaults_are_shown_and_the_address_stays_short():
    at = opened()
    assert shown(at) == ("novel", "bert", 3)
    assert at.query_params == {}


def test_a_link_sets_the_widgets():
    assert shown(opened(text="cats", model="gpt2", layer="7")) == ("cats", "gpt2", 7)


def test_a_moved_widget_writes_its_value_not_its_label():
    at = opened()
    at.selectbox[0].set_value("gpt2").run()
    at.slider[0].set_value(9).run()
    assert shown(at) == ("novel", "gpt2", 9)
    assert at.query_params == {"model": "gpt2", "layer": "9"}


def test_a_widget_back_at_its_default_leaves_the_address():
    at = opened(layer="7")
    at.slider[0].set_value(3).run()
    assert at.query_params == {}
    assert at.run().slider[0].value == 3


def test_a_moved_widget_wins_over_the_link_that_was_opened():
    at = opened(layer="7")
    at.slider[0].set_value(9).run()
    at.text_input[0].set_value("dogs").run()
    assert shown(at) == ("dogs", "bert", 9)


def test_back_restores_what_the_address_says():
    at = opened(layer="7")
    at.slider[0].set_value(9).run()
    at.query_params["layer"] = "7"  # what the browser's Back does
    assert at.run().slider[0].value == 7
    del at.query_params["layer"]
    assert at.run().slider[0].value == 3


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ({"layer": "12"}, "layer"),
        ({"model": "t5"}, "model"),
        ({"text": "x" * 21}, "text"),
        ({"layer": ["1", "2"]}, "layer"),
    ],
)
def test_what_does_not_fit_gives_a_note_and_the_default(asked, named):
    at = opened(**asked)
    assert shown(at) == ("novel", "bert", 3)
    [note] = at.warning
    assert f"{named} = " in note.value


def test_a_note_stays_until_it_is_dismissed():
    at = opened(layer="12")
    at.slider[0].set_value(4).run()
    assert len(at.warning) == 1
    at.button(key="dismiss_link_notes").click().run()
    assert len(at.warning) == 0
    assert len(at.run().warning) == 0


def test_a_note_shows_what_was_typed_as_typed():
    [note] = opened(model="[x](javascript:alert(1)) **b** `c` :red[d]").warning
    for active in ("[x](", "**b**", "`c`", ":red["):
        assert active not in note.value
    assert "javascript" in note.value


def test_a_long_value_is_cut_in_its_note():
    [note] = opened(model="m" * 1000).warning
    assert "m" * 61 not in note.value
    assert "…" in note.value


def test_a_value_of_another_page_is_taken_over_if_it_fits():
    at = AppTest.from_function(page)
    at.session_state["text"] = "carried over"
    at.session_state["layer"] = 99
    assert shown(at.run()) == ("carried over", "bert", 3)
    assert len(at.warning) == 0


def test_coming_back_to_a_page_by_the_same_link_opens_it_again():
    at = opened(layer="7")
    at.slider[0].set_value(9).run()
    at.session_state["scope"] = "another page"
    at.query_params.clear()
    at.run()
    at.session_state["scope"] = "page"
    at.query_params["layer"] = "9"
    at.run()
    assert at.slider[0].value == 9


def test_a_step_sets_the_page_up_and_its_values_are_what_the_address_means():
    at = AppTest.from_function(page)
    at.session_state["step"] = {"text": "unaffable", "model": "gpt2"}
    at.run().button[0].click().run()
    assert shown(at) == ("unaffable", "gpt2", 3)
    assert at.query_params == {}
    at.text_input[0].set_value("novel").run()
    assert at.query_params == {"text": "novel"}


@pytest.mark.parametrize("step", [{"colour": "red"}, {"layer": "12"}])
def test_a_step_that_does_not_fit_is_a_mistake_in_the_lesson(step):
    with pytest.raises(ValueError, match=next(iter(step))):
        links.set_up("page", [Number("layer", 0, 11, default=3)], step)


def test_the_address_of_a_view_names_every_value_and_the_language():
    at = AppTest.from_function(page)
    at.context = {"url": "https://example.org/base/tokenizer?layer=1#x"}
    at.query_params["text"] = "a&b = 100% 한"
    address = urlsplit(at.run().code[0].value)
    assert (address.scheme, address.netloc, address.path) == ("https", "example.org", "/base/tokenizer")
    assert parse_qs(address.query) == {"lang": ["en"], "text": ["a&b = 100% 한"], "layer": ["3"]}


def test_a_step_starts_from_the_pages_defaults():
    at = AppTest.from_function(page)
    at.session_state["step"] = {"model": "gpt2"}
    at.run().slider[0].set_value(9).run()
    at.text_input[0].set_value("left over").run()
    at.button[0].click().run()
    assert shown(at) == ("novel", "gpt2", 3)
    assert at.query_params == {}


def test_leaving_and_coming_back_by_the_menu_keeps_the_view_and_its_address():
    at = opened(layer="7")
    at.text_input[0].set_value("dogs").run()
    at.session_state["scope"] = "another page"
    at.query_params.clear()
    at.run()
    at.session_state["scope"] = "page"
    at.query_params.clear()  # what the menu opens
    assert shown(at.run()) == ("dogs", "bert", 7)
    assert at.query_params == {"text": "dogs", "layer": "7"}


def test_back_from_a_view_that_was_kept_leads_to_the_defaults_and_writes_nothing():
    at = opened()
    at.slider[0].set_value(7).run()
    at.session_state["scope"] = "came back"
    at.query_params.clear()
    assert at.run().query_params == {"layer": "7"}
    at.query_params.clear()
    assert shown(at.run()) == ("novel", "bert", 3)
    assert at.query_params == {}


def test_what_was_on_its_default_is_not_carried_to_another_page():
    at = opened()
    at.session_state["layer"] = 9  # as a step of a lesson begins: no address names it
    at.session_state["scope"] = "another"
    assert shown(at.run()) == ("novel", "bert", 3)


def test_what_does_not_belong_to_the_page_stays_in_the_address():
    at = opened(lang="ko", layer="7")
    at.slider[0].set_value(9).run()
    assert at.query_params == {"lang": "ko", "layer": "9"}


def test_a_button_that_sets_some_values_leaves_the_others():
    at = opened(layer="7")
    at.session_state["step"] = {"model": "gpt2"}
    at.run().button[1].click().run()
    assert shown(at) == ("novel", "gpt2", 7)
    assert at.query_params == {"layer": "7", "model": "gpt2"}


def test_what_an_address_names_stays_in_it_though_it_is_the_default():
    at = opened(layer="3")
    assert at.run().query_params == {"layer": "3"}
    at.session_state["_held_by_page"] = {}  # a tab that has outlived its server is told every value once more
    assert at.run().query_params == {"layer": "3"}


def test_a_text_that_no_link_can_hold_keeps_its_beginning_and_that_is_said():
    at = opened()
    at.text_input[0].set_value("x" * 30).run()
    assert shown(at) == ("x" * 20, "bert", 3)
    assert at.query_params == {"text": "x" * 20}
    assert [each.value for each in at.warning] == ["The text is too long: only its first 20 characters are kept."]
    at.slider[0].set_value(5).run()
    assert shown(at) == ("x" * 20, "bert", 5), "a later run of the page takes nothing away"
    assert shown(opened(**at.query_params)) == ("x" * 20, "bert", 5)


def test_an_address_that_the_browser_wrote_names_the_step_and_its_language_too():
    at = AppTest.from_function(page)
    at.session_state["begins_at"] = "3"
    at.run()
    at.session_state["layer"] = 7  # as its callback has it when the browser moved something, and the address, by itself
    at.query_params["layer"] = "7"
    at.button[-1].click().run()
    assert shown(at) == ("novel", "bert", 7)
    assert at.query_params == {"layer": "7", "step": "3", "lang": "en"}
    at.slider[0].set_value(9).run()
    assert at.query_params == {"layer": "9", "step": "3", "lang": "en"}


@pytest.mark.parametrize(("seconds", "layer"), [(0.2, 7), (2.0, 3)])
def test_a_click_that_comes_with_the_address_before_is_no_way_back_to_it(monkeypatch, seconds, layer):
    """It left the browser before the answer to the report that came with it; later the same address means Back."""
    clock = [100.0]
    monkeypatch.setattr(links.time, "monotonic", lambda: clock[0])
    at = opened(text="a cat")
    at.session_state["layer"] = 7
    at.button[-1].click().run()
    assert at.query_params == {"text": "a cat", "layer": "7"}
    clock[0] += seconds
    at.query_params.clear()
    at.query_params["text"] = "a cat"
    at.text_input[0].set_value("a dog").run()
    assert shown(at) == ("a dog", "bert", layer)
    assert at.query_params == {"text": "a dog"} | ({"layer": "7"} if layer == 7 else {})


def test_what_one_page_has_followed_is_not_taken_for_the_address_of_another():
    at = opened()
    at.session_state["layer"] = 7
    at.button[-1].click().run()
    assert at.query_params == {"layer": "7"}
    at.query_params.clear()  # as the menu does it
    at.session_state["scope"] = "other"
    at.run()
    assert at.query_params.get("text") is None
    assert "layer" in at.query_params, "carried over as a setting, by the state"
    at.query_params.clear()
    at.text_input[0].set_value("a dog").run()
    assert at.query_params == {"text": "a dog"}
