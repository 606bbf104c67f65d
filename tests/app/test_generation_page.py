"""The playground through app.py: writing, branching, searching, comparing, guessing, and what is said when it can't."""

from __future__ import annotations

import json
from types import SimpleNamespace
from unittest.mock import patch

import pytest
import streamlit as st

from components.catalog.curated import models
from components.core.i18n import LANGUAGES, use
from components.core.i18n import _ as translated
from components.core.settings import settings
from components.engines.bedrock import BedrockEngine
from components.engines.prompting import ChatTemplate
from components.engines.transformers_engine import TransformersEngine
from components.generation.lesson_examples import examples
from components.generation.link import TAB
from components.generation.questions import rounds
from components.registry import page
from components.server.streamlit_internals import reconnect
from components.ui.guide.lesson import lesson
from tests.app.opening import downloads, faults
from tests.app.test_exports import assert_same
from tests.app.test_guide import assert_is_set_up
from tests.one_thread import on_one_thread

pytestmark = pytest.mark.real_model

FEW = "6"
every_language = pytest.mark.parametrize("lang", LANGUAGES)


_one_thread = pytest.fixture(on_one_thread, autouse=True)


@pytest.fixture(autouse=True)
def _whole_page(monkeypatch):
    """Draw the whole page where a callback asks for parts of it: nothing here keeps the others, as a browser does."""
    rerun = st.rerun
    monkeypatch.setattr(st, "rerun", lambda scope="app": rerun() if scope == "app" else None)


def generate(at):
    at.button(key="generation_generate").click().run()
    assert faults(at) == []
    return at


def open_tab(at, name):
    at.session_state["tab"] = name
    at.run()
    assert faults(at) == []
    return at


def shown(at):
    """Return the answer on the screen: what goes to the browser, token by token."""
    found = [json.loads(each.proto.json) for each in at.get("bidi_component") if "generation_heat" in each.proto.id]
    return [token["text"] for token in found[0]["tokens"]] if found else None


def captions(at):
    return "\n".join(element.value for element in at.caption)


def test_it_shows_what_comes_next_before_anything_is_generated(open_page):
    at = open_page("generation", step="explore")
    assert shown(at) is None
    assert any("What comes next?" in chart.proto.alt for chart in at.get("plotly_chart"))


def test_generating_shows_the_text_with_its_numbers(open_page):
    at = generate(open_page("generation", max_new_tokens=FEW))
    assert len(shown(at)) == int(FEW)
    assert "6 tokens written · 2 read" in captions(at)
    assert "perplexity" in captions(at)


def test_the_same_seed_writes_the_same_and_another_one_something_else(open_page):
    first = shown(generate(open_page("generation", max_new_tokens="12")))
    at = generate(open_page("generation", max_new_tokens="12"))
    assert shown(at) == first
    at.session_state["seed"] = 6
    assert shown(generate(at)) != first


def test_a_link_with_run_generates_at_once_but_only_once(open_page):
    at = open_page("generation", run="1", max_new_tokens=FEW)
    written = shown(at)
    assert len(written) == int(FEW)
    with patch.object(TransformersEngine, "stream", side_effect=AssertionError("it ran again")):
        at.slider(key="temperature").set_value(1.4).run()
    assert faults(at) == []
    assert shown(at) == written


def test_after_a_restart_a_link_with_run_does_not_generate_again_before_the_first_click(open_page):
    older = open_page("generation", run="1", max_new_tokens=FEW)
    older.slider(key="temperature").set_value(1.4)
    held = older._tree.get_widget_states()
    at = open_page("")
    del at.session_state[reconnect.SESSION_STARTED]
    at.switch_page(page("generation").path)
    at.query_params["run"] = "1"
    with patch.object(TransformersEngine, "stream", side_effect=AssertionError("it ran again")):
        at._run(held)
    assert faults(at) == []
    assert at.slider(key="temperature").value == 1.4


@pytest.fixture
def paid_model(monkeypatch):
    """A deployment that offers a model somebody pays for, and would fail if it ran."""
    monkeypatch.setenv("DASHBOARD_BEDROCK_MODELS", '["their.model"]')
    settings.cache_clear()
    with patch.object(BedrockEngine, "stream", side_effect=AssertionError("it ran")):
        yield "their.model"
    monkeypatch.undo()
    settings.cache_clear()


def test_a_link_with_run_never_runs_what_somebody_pays_for(open_page, paid_model):
    at = open_page("generation", engine="bedrock", model=paid_model, run="1")
    assert faults(at) == []
    assert at.button(key="generation_generate").disabled
    at.checkbox(key="generation_pay").check().run()
    assert faults(at) == []
    assert not at.button(key="generation_generate").disabled


def test_a_model_of_a_service_is_exported_as_the_call_to_it(take_home, paid_model):
    taken = take_home("generation", engine="bedrock", model=paid_model, prompt="Hello")
    assert json.loads(taken.make("data"))["result"] == {"text": "", "steps": [], "usage": None}
    assert "MODEL = 'their.model'" in taken.make("script")
    assert "converse(modelId=MODEL" in taken.make("script")


def test_another_prompt_starts_anew(open_page):
    at = generate(open_page("generation", max_new_tokens=FEW))
    at.text_area(key="prompt").set_value("This movie was").run()
    assert shown(at) is None
    assert any("What comes next?" in chart.proto.alt for chart in at.get("plotly_chart"))


def test_a_token_can_be_replaced_and_both_texts_stay(open_page):
    at = generate(open_page("generation", max_new_tokens=FEW))
    before = shown(at)
    at.session_state["generation_step"] = 2
    at.run()
    at.button(key="generation_branch").click().run()
    assert faults(at) == []
    after = shown(at)
    assert after[:2] == before[:2]
    assert after[2] != before[2]
    open_tab(at, "branches")
    assert any("leaves 0 at step 2" in option for option in at.radio(key="generation_shown_branch").options)
    at.radio(key="generation_shown_branch").set_value(0).run()
    assert shown(at) == before


def test_an_answer_goes_on_where_it_ended(open_page):
    at = generate(open_page("generation", max_new_tokens=FEW))
    before = shown(at)
    at.button(key="generation_continue").click().run()
    assert faults(at) == []
    assert shown(at)[: len(before)] == before
    assert len(shown(at)) == 2 * int(FEW)
    assert len(open_tab(at, "branches").get("plotly_chart")) == 1


def test_trying_again_draws_another_seed(open_page):
    at = generate(open_page("generation", max_new_tokens=FEW))
    at.button(key="generation_again").click().run()
    assert faults(at) == []
    assert at.session_state["seed"] != 0
    assert "seed" in at.query_params


def test_a_text_can_be_edited_as_the_next_prompt(open_page):
    at = generate(open_page("generation", max_new_tokens=FEW))
    written = "".join(shown(at))
    at.button(key="generation_edit").click().run()
    assert at.text_area(key="prompt").value == "Star Trek" + written


def test_drawing_500_times_shows_chi_square(open_page):
    at = open_page("generation", temperature="1.5", top_p="1.0")
    at.button(key="generation_draw").click().run()
    assert faults(at) == []
    assert "Chi-square" in captions(at)


def test_four_ways_to_search_and_the_trees_of_beams(open_page):
    at = open_tab(open_page("generation", max_new_tokens=FEW), "search")
    at.button(key="generation_search_start").click().run()
    assert faults(at) == []
    table = at.dataframe[0].value
    assert list(table.columns) == ["measure", "Greedy", "Sample", "Beam", "Beam sampling"]
    assert set(table.set_index("measure").loc["tokens written"]) == {FEW}
    [searched] = [each.proto for each in at.get("plotly_chart") if "beams; " in each.proto.alt]
    at.session_state["generation_beams_of"] = "beam_sample"
    assert faults(at.run()) == []
    [drawn] = [each.proto for each in at.get("plotly_chart") if "beams; " in each.proto.alt]
    assert drawn.spec != searched.spec


def test_beam_sampling_is_chosen_on_the_page_and_written_into_the_link(open_page):
    wild = {"max_new_tokens": FEW, "temperature": "1.5", "top_p": "1.0"}
    at = open_page("generation", strategy="beam", **wild)
    searched = shown(generate(at))
    at.session_state["strategy"] = "beam_sample"
    assert at.slider(key="temperature").disabled
    at.run()
    assert not at.slider(key="temperature").disabled
    assert not at.slider(key="num_beams").disabled
    drawn = shown(generate(at))
    assert len(drawn) == int(FEW)
    assert drawn != searched
    again = open_page("generation", strategy="beam_sample", **wild)
    assert shown(generate(again)) == drawn


def test_settings_are_compared_side_by_side(open_page):
    at = open_tab(open_page("generation", max_new_tokens=FEW), "compare")
    at.session_state["generation_lanes"] = 3
    at.run()
    at.button(key="generation_compare_start").click().run()
    assert faults(at) == []
    table = at.dataframe[0].value.set_index("measure")
    assert table.shape[1] == 3
    assert set(table.loc["tokens written"]) == {FEW}
    assert set(table.loc["cost"]) == {"nothing: it ran here"}


def test_the_reader_plays_against_the_model(open_page):
    at = open_tab(open_page("generation", step="explore"), "guess")
    at.text_input(key="generation_typed").set_value("looked")
    next(button for button in at.button if button.label == "Check").click().run()
    assert faults(at) == []
    said = "\n".join(element.value for element in at.markdown)
    assert "It was **looked**" in said
    assert "you 1, the model" in said


def test_history_lists_what_was_written(open_page):
    at = generate(open_page("generation", max_new_tokens=FEW))
    open_tab(at, "history")
    assert len(at.dataframe[0].value) == 1
    assert list(at.dataframe[0].value["model"]) == ["classroom-gpt2"]


def test_a_link_or_download_of_the_history_has_the_text_only_if_that_is_ticked(open_page):
    dataframe = st.dataframe

    def first_row_chosen(*given, **options):
        drawn = dataframe(*given, **options)
        return SimpleNamespace(selection=SimpleNamespace(rows=[0])) if "on_select" in options else drawn

    with patch.object(st, "dataframe", first_row_chosen), downloads() as makers:
        at = generate(open_page("generation", max_new_tokens=FEW, seed="7", prompt="A private word"))
        open_tab(at, "history")
        without = at.code[-1].value, makers["generation_download"]()
        at.checkbox(key="generation_with_text").check().run()
        ticked = at.code[-1].value, makers["generation_download"]()
    for held in without:
        assert "seed" in held
        assert "private" not in held
    for held in ticked:
        assert "private" in held


def test_a_model_without_a_chat_template_completes_and_says_why(open_page):
    at = open_page("generation", mode="chat", max_new_tokens=FEW)
    assert any("no chat template" in element.value for element in at.info)
    assert len(shown(generate(at))) == int(FEW)


def test_a_conversation_goes_on(open_page):
    template = ChatTemplate("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:")
    made = TransformersEngine.__init__

    def with_template(self, loaded, **options):
        made(self, loaded, **options | {"template": template})

    from components.generation.engine_cache import close_engines

    close_engines()
    with patch.object(TransformersEngine, "__init__", with_template):
        at = generate(open_page("generation", mode="chat", max_new_tokens=FEW, prompt="Hello"))
        answer = "".join(shown(at))
        at.text_area(key="prompt").set_value("Go on").run()
        generate(at)
    close_engines()
    turns = [message.name for message in at.chat_message]
    assert turns == ["user", "assistant", "user"]
    assert at.chat_message[1].markdown[0].value.replace("\\", "").strip() == answer.replace("\n", "  \n").strip()


@pytest.mark.parametrize("engine", ["llama.cpp", "openai", "bedrock", "sagemaker"])
def test_an_engine_that_is_not_here_is_explained_and_another_one_runs(open_page, engine):
    at = open_page("generation", engine=engine, max_new_tokens=FEW)
    assert any("cannot be used here" in element.value for element in at.info)
    assert len(shown(generate(at))) == int(FEW)


def test_a_prompt_that_is_too_long_is_explained_and_nothing_breaks(open_page):
    at = open_page("generation", prompt="word " * 600)
    assert faults(at) == []
    assert any("600" in element.value or "601" in element.value for element in at.info)
    at.button(key="generation_generate").click().run()
    assert any("512" in element.value for element in at.error)


def test_a_text_is_carried_to_the_attention_viewer(open_page):
    at = generate(open_page("generation", max_new_tokens=FEW))
    [carried] = [each.proto for each in at.get("page_link") if each.proto.label == "Its attention"]
    assert "classroom-gpt2" in carried.query_string
    assert "Star+Trek" in carried.query_string


def test_the_catalog_leads_here_with_the_model_it_shows(open_page):
    model = next(each for each in models() if each.registry_id and "decoder" in (each.kind.value or ""))
    at = open_page("catalog", model=model.id)
    at.session_state["catalog_record"] = "Use it"
    at.run()
    [link] = [each.proto for each in at.get("page_link") if each.proto.label == "Try it in the playground"]
    assert model.registry_id.replace("/", "%2F") in link.query_string
    assert faults(open_page("generation", model=model.registry_id)) == []


@every_language
def test_every_tab_draws_in_every_language(open_page, lang):
    at = generate(open_page("generation", lang=lang, max_new_tokens="3"))
    for name in TAB.options:
        open_tab(at, name)


CARDS = lesson("generation", "en").cards


def card_number(lang="en", **values):
    """Return the number of the first card that sets these values."""
    cards = lesson("generation", lang).cards
    return next(number for number, card in enumerate(cards) if values.items() <= card.values.items())


@every_language
def test_a_link_to_a_step_sets_the_page_up_and_has_a_text_written_if_the_card_needs_it(open_page, lang):
    with use(lang):
        for number, card in enumerate(lesson("generation", lang).cards):
            at = open_page("generation", lang=lang, step=str(number))
            assert_is_set_up(at, card)
            wanted = card.values.get("run") == "1" and card.values["tab"] != "search"
            assert (shown(at) is not None) == wanted, card.title


def test_a_card_shows_its_own_text_and_a_text_once_written_is_shown_again(open_page):
    at = open_page("generation", step=str(card_number(max_new_tokens="24", run="1")))
    drawn = shown(at)
    at.button(key="guide_next").click().run()
    assert shown(at)[: len(drawn)] != drawn
    with patch.object(TransformersEngine, "stream", side_effect=AssertionError("it ran again")):
        at.button(key="guide_back").click().run()
        assert faults(at) == []
        assert shown(at) == drawn
        at.button(key="guide_back").click().run()
    assert faults(at) == []
    assert shown(at) is None


@every_language
def test_the_card_about_searches_has_all_of_them_written(open_page, lang):
    with use(lang):
        at = open_page("generation", lang=lang, step=str(card_number(lang, tab="search")))
        assert faults(at) == []
        table = at.dataframe[0].value.set_index(translated("measure"))
        written = table.loc[translated("tokens written")].astype(int)
        assert written.between(2, 24).all()
        assert lang != "en" or set(written) == {24}
        surprises = table.loc[translated("surprise of the text, bits")].astype(float)
        names = [translated(name) for name in ("Beam", "Greedy", "Sample")]
        assert list(surprises[names]) == sorted(surprises[names])
        assert len(set(surprises[names])) == len(names)


@every_language
def test_the_card_about_branches_leads_to_a_second_text_with_one_click(open_page, lang):
    with use(lang):
        at = open_page("generation", lang=lang, step=str(card_number(lang, tab="branches")))
        before = shown(at)
        at.button(key="generation_branch_closest").click().run()
        assert faults(at) == []
        after = shown(at)
        [place] = [place for place, (old, new) in enumerate(zip(before, after, strict=False)) if old != new][:1]
        assert after[:place] == before[:place]
        assert "".join(after) != "".join(before)
        assert len(at.radio(key="generation_shown_branch").options) == 2
        assert lang != "en" or f"leaves 0 at step {place}" in at.radio(key="generation_shown_branch").options[1]


def test_the_korean_card_against_the_model_hides_korean_words(open_page):
    with use("ko"):
        at = open_page("generation", lang="ko", step=str(card_number("ko", tab="guess")))
        [hidden, *_] = rounds(examples().passages[0])
        at.text_input(key="generation_typed").set_value(hidden.word)
        next(button for button in at.button if button.label == translated("Check")).click().run()
        assert faults(at) == []
        said = "\n".join(element.value for element in at.markdown)
        assert f"**{hidden.word}**" in said


def test_the_course_prompt_is_one_click_away_from_a_korean_card(open_page):
    with use("ko"):
        at = open_page("generation", lang="ko", step=str(card_number("ko", run="1")))
        assert at.session_state["model"] == "classroom-gpt-ko"
        at.button(key="guide_example").click().run()
        assert faults(at) == []
        assert at.session_state["model"] == "classroom-gpt2"
        assert at.text_area(key="prompt").value == "Star Trek"
        at.button(key="guide_example").click().run()
        assert at.session_state["model"] == "classroom-gpt-ko"


@pytest.mark.parametrize(
    ("settings", "solved"),
    [
        ({"top_k": "1"}, True),
        ({"temperature": "0.0"}, True),
        ({"top_p": "0.05"}, True),
        ({"min_p": "1.0"}, True),
        ({}, False),
    ],
)
def test_the_exercise_is_checked_with_real_seeds(open_page, settings, solved):
    at = open_page("generation", step=str(len(CARDS) - 2), **settings)
    at.button(key="generation_check").click().run()
    assert faults(at) == []
    said = "\n".join(element.value for element in at.markdown)
    assert ("green-badge" in said) == solved
    assert ("orange-badge" in said) == (not solved)


def test_the_exercise_asks_for_a_strategy_that_draws(open_page):
    at = open_page("generation", step=str(len(CARDS) - 2), strategy="greedy")
    at.button(key="generation_check").click().run()
    assert any("draws nothing" in element.value for element in at.markdown)


def test_what_was_continued_and_branched_goes_home_as_it_stands(open_page, run_scripts):
    taken = []
    with downloads() as makers:
        at = generate(open_page("generation", max_new_tokens=FEW, seed="2"))
        at.button(key="generation_continue").click().run()
        taken.append((json.loads(makers["export_data"]()), makers["export_script"]()))
        at.session_state["generation_step"] = 3
        at.run()
        at.button(key="generation_branch").click().run()
        taken.append((json.loads(makers["export_data"]()), makers["export_script"]()))
    found = run_scripts([script for _data, script in taken])
    for (data, script), result in zip(taken, found, strict=True):
        assert_same(script, data["result"], result)
    # continued: twice as many; branched: three that stay, the one chosen by hand, and as many as asked for
    assert [len(data["result"]["steps"]) for data, _script in taken] == [2 * int(FEW), 4 + int(FEW)]
    assert "".join(shown(at)) == taken[1][0]["result"]["text"]


def test_coming_back_to_a_card_keeps_what_was_written_there(open_page):
    """A card sets the page up when it is turned to, not each time that its page is opened."""
    at = generate(open_page("generation", step="0", max_new_tokens=FEW))
    written = shown(at)
    at.switch_page(page("").path).run()
    at.switch_page(page("generation").path).run()
    assert faults(at) == []
    assert shown(at) == written is not None
    at.button(key="guide_next").click().run()
    assert shown(at) is None
