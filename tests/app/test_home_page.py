"""The home page without a browser: examples, own texts, what does not fit."""

from __future__ import annotations

import json

import pytest
from pydantic import TypeAdapter

from components.core.i18n import use
from components.registry import PAGES
from components.start.hero import MOST_CHARACTERS, share
from components.start.prediction import examples, predict
from components.ui.guide.lesson import lesson
from components.ui.guide.progress import PageProgress
from tests.app.opening import faults


def data_of(at, key):
    """Return what a component was given."""
    [found] = [each.proto for each in at.get("bidi_component") if each.proto.id.endswith(f"-{key}")]
    [data] = json.loads(found.json)
    return data


def bars(at):
    return [(row["space"].replace("·", " ") + row["token"], row["share"]) for row in data_of(at, "home_bars")["rows"]]


def examples_in(lang):
    with use(lang):
        return examples()


def words(at):
    return " ".join(each.value for each in at.markdown)


def test_it_opens_with_the_first_example(open_page):
    at = open_page("")
    assert faults(at) == []
    assert bars(at)[0] == (" Paris", "91%")
    assert bars(at)[-1] == ("50,252 other tokens", "6.7%")


def test_a_click_on_an_example_shows_it_with_its_point(open_page):
    at = open_page("")
    at.button(key="home_example_2").click().run()
    assert at.session_state["sentence"] == "France is the capital of"
    assert data_of(at, "home_prompt")["text"] == "France is the capital of"
    assert bars(at)[0] == (" France", "92%")
    assert "nonsense" in words(at)
    assert at.query_params["sentence"] == "France is the capital of"


@pytest.mark.real_model
def test_an_own_text_is_computed(open_page):
    at = open_page("", sentence="Romeo and")
    assert faults(at) == []
    expected = predict("Romeo and", lambda: None, session="a")
    assert bars(at)[0] == (expected.guesses[0].token, "97%")
    stages = {stage["name"]: stage for stage in data_of(at, "home_strip")["stages"]}
    assert [chip["id"] for chip in stages["tokens"]["chips"]] == list(expected.ids)
    assert stages["vectors"]["big"] == f"{len(expected.ids)} × 384"
    assert stages["scores"]["big"] == "50,257"
    assert stages["layers"]["layers"] == 6


@pytest.mark.real_model
def test_a_space_at_the_end_changes_nothing_and_is_explained(open_page):
    without, with_space = open_page("", sentence="Romeo and"), open_page("", sentence="Romeo and ")
    assert bars(without) == bars(with_space)
    assert "space at the end" in words(with_space)
    assert "space at the end" not in words(without)


@pytest.mark.real_model
def test_a_text_in_the_other_language_is_computed_by_the_model_that_has_learned_it(open_page):
    at = open_page("", sentence="나는 소설을", lang="en")
    assert faults(at) == []
    assert "by Classroom GPT (Korean)" in words(at)
    stages = {stage["name"]: stage for stage in data_of(at, "home_strip")["stages"]}
    assert stages["scores"]["big"] == "18,832"
    assert {stage["parameters"]["model"] for stage in stages.values()} == {"classroom-gpt-ko"}


@pytest.mark.real_model
def test_a_script_that_no_built_in_model_has_learned_is_computed_with_a_word_of_warning(open_page):
    at = open_page("", sentence="これは", lang="en")
    assert faults(at) == []
    assert "has not learned Japanese" in words(at)


def test_an_empty_line_asks_for_words(open_page):
    at = open_page("", sentence="   ")
    assert faults(at) == []
    assert bars(at) == []
    assert "Write a few words" in words(at)


def test_a_text_that_is_too_long_for_the_link_is_refused_with_the_limit(open_page):
    at = open_page("", sentence="a" * (MOST_CHARACTERS + 1))
    assert [f"up to {MOST_CHARACTERS} characters" in each.value for each in at.warning] == [True]
    assert bars(at)[0] == (" Paris", "91%")


def test_the_stages_carry_the_text_to_their_pages(open_page):
    stages = data_of(open_page("", sentence="France is the capital of"), "home_strip")["stages"]
    assert [stage["name"] for stage in stages] == ["text", "tokens", "vectors", "layers", "scores", "next"]
    slugs = {entry.slug for entry in PAGES}
    assert all(stage["slug"] in slugs for stage in stages)
    carried = [stage["parameters"].get("text") or stage["parameters"].get("prompt") for stage in stages]
    assert carried == ["France is the capital of"] * 2 + [None] + ["France is the capital of"] * 3
    inside = {stage["name"]: stage["parameters"] for stage in stages if stage["slug"] == "inside"}
    assert list(inside) == ["layers", "scores"]
    assert inside["scores"]["row"] == "scores"


def test_the_korean_page_asks_the_korean_model(open_page):
    at = open_page("", lang="ko")
    first, *_others = examples_in("ko").values()
    assert bars(at)[0] == (" 서울", share(first.prediction.guesses[0].probability))
    assert first.point in words(at)
    asked = data_of(at, "home_prompt")
    assert (asked["text"], asked["standard"], asked["note"]) == (first.prediction.text, first.prediction.text, "")
    assert "한국어" in asked["label"]
    stages = data_of(at, "home_strip")["stages"]
    assert {stage["parameters"]["model"] for stage in stages} == {"classroom-gpt-ko"}
    assert "sentence" not in at.query_params


@pytest.mark.parametrize("number", [0, 1])
def test_an_example_is_the_other_languages_one_after_a_switch(open_page, number):
    english, korean = (list(examples_in(lang))[number] for lang in ("en", "ko"))
    at = open_page("", lang="en", sentence=english)
    at.sidebar.get("button_group")[0].set_value("ko").run()
    assert data_of(at, "home_prompt")["text"] == korean
    assert at.query_params.get("sentence") == (korean if number else None)
    own = open_page("", lang="en", sentence="Romeo and")
    own.sidebar.get("button_group")[0].set_value("ko").run()
    assert data_of(own, "home_prompt")["text"] == "Romeo and"


def test_there_is_a_card_for_every_page_with_a_lesson(open_page):
    cards = data_of(open_page(""), "home_cards")
    lessons = [entry for entry in PAGES if entry.concept]
    assert [(card["slug"], card["question"]) for card in cards] == [(each.slug, each.question) for each in lessons]
    assert [card["number"] for card in cards] == list(range(1, len(lessons) + 1))


def kept(at, pages):
    """Have the browser tell what it kept, as guide.js does."""
    at.session_state["_guide_progress"] = TypeAdapter(dict[str, PageProgress]).validate_python(pages)
    return at.run()


def rings(at):
    return [card["done"] for card in data_of(at, "home_cards") if card["done"]]


def test_a_visitor_who_has_done_nothing_sees_no_progress(open_page):
    at = open_page("")
    assert rings(at) == []
    assert not [button for button in at.button if button.key == "home_progress_delete"]


def test_progress_is_shown_where_it_was_made_and_leads_back(open_page):
    cards = len(lesson("tokenizer", "en").cards)
    at = kept(open_page(""), {"tokenizer": {"reached": 3}})
    assert faults(at) == []
    assert rings(at) == [f"{4 / (cards + 1):.0%} of this page is done"]
    [link] = [link for link in at.get("page_link") if "step=" in link.proto.query_string]
    assert (link.proto.page, link.proto.label) == ("tokenizer", "Continue: Tokenizer explorer, step 3")
    assert "step=3" in link.proto.query_string


def test_a_finished_page_is_no_place_to_continue(open_page):
    at = kept(open_page(""), {"tokenizer": {"reached": 99, "solved": True}})
    assert rings(at) == ["100% of this page is done"]
    links = [link.proto.page for link in at.get("page_link") if "step=" in link.proto.query_string]
    assert "tokenizer" not in links


def test_progress_can_be_deleted(open_page):
    at = kept(open_page(""), {"tokenizer": {"reached": 3, "predicted": (0, 2)}})
    at.button(key="home_progress_delete").click().run()
    assert rings(at) == []
    assert at.session_state["_guide_progress"] == {}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_no_example_computes_anything(open_page, lang, monkeypatch):
    monkeypatch.setattr("components.start.hero.predict", lambda *_args, **_options: pytest.fail("computed"))
    for text in examples_in(lang):
        assert bars(open_page("", sentence=text, lang=lang))
