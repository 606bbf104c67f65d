"""The model menu: what is here is used, what is not here is offered, and the page goes on meanwhile."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components.models import memory
from components.models.registry import record
from components.ui import links

DEFAULT = "classroom-bert"


def page():
    import streamlit as st

    from components.models.registry import ModelParameter
    from components.ui import links
    from components.ui.model_picker import model_picker

    parameter = ModelParameter("model", "classroom-bert", tasks=("fill-mask", "text-generation"))
    links.enter("page")
    links.read("page", [parameter])
    links.notes("page")
    st.text(model_picker("page", parameter).id)


@pytest.fixture
def open_page(configure, tmp_path):
    def run(*, model=None, lang="en", **chosen):
        configure(cache_folder=tmp_path, **chosen)
        app = AppTest.from_function(page, default_timeout=60)
        app.session_state["lang"] = lang
        if model is not None:
            app.query_params["model"] = model
        return app.run()

    return run


def used(app):
    assert not app.exception
    return app.text[0].value


def keys(app):
    return [button.key for button in app.button]


def shown(app):
    return "\n".join(element.value for element in [*app.markdown, *app.info, *app.error, *app.caption])


@pytest.mark.parametrize("model_id", ["classroom-bert", "classroom-gpt2"])
def test_an_embedded_model_is_used_and_its_figures_shown(open_page, model_id):
    app = open_page(model=model_id)
    assert used(app) == model_id
    value = record(model_id).held_out.value
    assert (f"{value:.0%}" if value < 1 else f"{value:.1f}") in shown(app)
    assert "trust its facts" in shown(app)
    assert not app.button


def test_a_model_that_is_not_here_leaves_the_page_with_its_default_and_says_how_to_allow_downloads(open_page):
    app = open_page(model="smollm2-135m")
    assert used(app) == DEFAULT
    assert "DASHBOARD_DOWNLOADS=true" in shown(app)
    assert keys(app) == ["stay_with_model"]


def test_a_model_that_is_not_here_is_offered_with_size_languages_and_licence(open_page):
    app = open_page(model="smollm2-135m", downloads="true")
    assert used(app) == DEFAULT
    for fact in ("92.9 MB", "English", "[Apache-2.0](https://www.apache.org/licenses/LICENSE-2.0)"):
        assert fact in shown(app)
    assert not app.button("fetch_model").disabled


def test_an_option_keeps_its_label_after_a_fetch(open_page, monkeypatch):
    from components.models import store

    def labels():
        return set(open_page(model="smollm2-135m", downloads="true").selectbox[0].options)

    offered = labels()
    assert "SmolLM2 135M Instruct · 92.9 MB" in offered
    monkeypatch.setattr(store, "is_local", lambda model: True)
    assert labels() == offered


def test_the_menu_names_the_models_as_the_lessons_of_the_language_do(open_page):
    menu = open_page(lang="ko").selectbox[0]
    assert menu.options == ["수업용 BERT", "수업용 GPT-2", "수업용 BERT(한국어)", "수업용 GPT(한국어)"]


def test_where_nothing_can_be_fetched_the_menu_has_what_is_here_and_names_the_rest(open_page):
    menu = open_page().selectbox[0]
    assert menu.options == ["Classroom BERT", "Classroom GPT-2", "Classroom BERT (Korean)", "Classroom GPT (Korean)"]
    assert "SmolLM2 135M Instruct · 92.9 MB" in menu.help


def test_terms_must_be_accepted_before_the_button_works(open_page):
    app = open_page(model="gemma-3-270m", downloads="true")
    assert app.button("fetch_model").disabled
    assert "https://ai.google.dev/gemma/terms" in app.checkbox[0].label
    app.checkbox[0].check().run()
    assert not app.button("fetch_model").disabled


@pytest.mark.parametrize("accepted", [False, True])
def test_a_press_of_the_disabled_button_accepts_nothing(open_page, monkeypatch, accepted):
    import streamlit as st

    from components.models import store
    from components.models.errors import NoRoute

    asked = []

    def fetch(_model, *, accept_terms, **_options):
        asked.append(accept_terms)
        raise NoRoute(model="gemma-3-270m", host="a host")

    monkeypatch.setattr(st, "button", lambda _label, *, key, **_more: key == "fetch_model")
    monkeypatch.setattr(st, "checkbox", lambda _label, **_more: accepted)
    monkeypatch.setattr(store, "fetch", fetch)
    open_page(model="gemma-3-270m", downloads="true")
    assert asked == [accepted]


def test_in_korean_everything_is_korean(open_page):
    app = open_page(model="gemma-3-270m", downloads="true", lang="ko")
    assert app.button("fetch_model").label == "가져오기"
    assert "크기: 238 MB · 언어: 영어, 한국어" in shown(app)


@pytest.mark.parametrize("model_id", ["gpt5", "google/flan-t5-small", "", "../../etc", "<b>x</b>"])
def test_an_id_that_does_not_fit_gives_the_default_and_a_note(open_page, model_id):
    app = open_page(model=model_id)
    assert used(app) == DEFAULT
    assert app.warning[0].value.startswith("The link asks for model")


def test_any_hub_id_is_offered_where_the_deployment_allows_it(open_page):
    app = open_page(model="someone/some-model", downloads="true", any_hub_id="true")
    assert used(app) == DEFAULT
    assert "some" in shown(app)
    assert not app.button("fetch_model").disabled
    assert not app.warning


def test_what_goes_wrong_in_a_fetch_is_a_message_and_the_page_goes_on(open_page, monkeypatch):
    from components.models import store
    from components.models.errors import NoRoute

    def fail(model, **options):
        raise NoRoute(model=model.id, host="a *host*")

    monkeypatch.setattr(store, "fetch", fail)
    app = open_page(model="smollm2-135m", downloads="true")
    app.button("fetch_model").click().run()
    assert used(app) == DEFAULT
    assert r"a \*host\* cannot be reached" in app.error[0].value


def test_a_folder_that_holds_no_model_is_a_message_and_offers_nothing_to_fetch(open_page, tmp_path):
    file = tmp_path / "ours.toml"
    block = (
        '[[models]]\nid = "ours"\ntitle = "Ours"\ntask = "fill-mask"\nsource = { kind = "path", folder = "/nowhere" }'
    )
    file.write_text(block)
    app = open_page(model="ours", models_file=file, downloads="true")
    assert used(app) == DEFAULT
    assert "holds no model" in app.error[0].value
    assert keys(app) == ["stay_with_model"]


def test_the_menu_names_the_model_that_computes_and_takes_the_other_one_once_it_is_here(open_page, monkeypatch):
    from components.models import store

    app = open_page(model="smollm2-135m", downloads="true")
    assert app.selectbox[0].value == used(app) == DEFAULT
    assert app.query_params["model"] == "smollm2-135m"  # what was asked for
    monkeypatch.setattr(store, "is_local", lambda model: True)
    app.run()
    assert app.selectbox[0].value == used(app) == "smollm2-135m"


def test_a_choice_in_the_menu_that_is_not_here_does_not_stay_in_it(open_page):
    app = open_page(downloads="true")
    app.selectbox[0].set_value("smollm2-135m").run()
    assert app.selectbox[0].value == used(app) == DEFAULT
    assert "SmolLM2" in shown(app)
    app.selectbox[0].set_value("classroom-gpt2").run()
    assert app.selectbox[0].value == used(app) == "classroom-gpt2"
    assert "SmolLM2" not in shown(app)


def test_a_model_that_is_not_here_can_be_done_without(open_page):
    app = open_page(model="smollm2-135m")
    app.button("stay_with_model").click().run()
    assert used(app) == DEFAULT
    assert "SmolLM2" not in shown(app)
    assert "model" not in app.query_params


def test_an_unknown_id_typed_by_hand_is_a_message(open_page):
    """AppTest cannot type what is not in the menu; this is what the menu's callback does with it."""
    from components.ui import model_picker

    app = open_page(downloads="true", any_hub_id="true")
    app.session_state[model_picker._WANTED] = "no model"
    app.session_state[links._SEEN] = {"page": {"model": "no model"}}
    app.query_params["model"] = "no model"
    app.run()
    assert app.selectbox[0].value == used(app) == DEFAULT
    assert len(app.error) == 1
    assert not app.warning


def loading_page():
    import streamlit as st

    from components.models.errors import CorruptFile
    from components.models.registry import ModelParameter
    from components.ui import links
    from components.ui.model_picker import model_picker

    def load(model_id):
        st.session_state["done"].append(f"load {model_id}")
        raise CorruptFile(file="model.safetensors", reason="cut")

    parameter = ModelParameter("model", "classroom-bert")
    links.read("page", [parameter])
    st.text(model_picker("page", parameter, load=load).id)


@pytest.mark.parametrize(
    ("is_held", "expected"), [(True, []), (False, ["Loading Classroom BERT", "load classroom-bert", "loaded"])]
)
def test_a_model_that_is_not_in_memory_is_loaded_with_a_word_and_a_broken_one_is_left_to_the_page(
    monkeypatch, is_held, expected
):
    done: list[str] = []

    @contextmanager
    def spinner(text):
        done.append(text)
        yield
        done.append("loaded")

    monkeypatch.setattr(st, "spinner", spinner)
    monkeypatch.setattr(memory, "is_held", lambda _model: is_held)
    app = AppTest.from_function(loading_page, default_timeout=60)
    app.session_state["done"] = done
    assert used(app.run()) == "classroom-bert"
    assert done == expected
