"""The page of masked language modelling through app.py: gaps are filled, words hidden, answers judged."""

import pytest

from components.ui.lesson import lesson
from tests.app.opening import faults

pytestmark = pytest.mark.real_model

SLUG = "masked-language-model"


def chart_texts(at):
    return [chart.proto.alt for chart in at.get("plotly_chart")]


def test_paris_is_the_capital_of_france(open_page):
    at = open_page(SLUG)
    assert any(alt.startswith("Bars, most probable first: france 99") for alt in chart_texts(at))


def test_a_candidate_that_is_pressed_fills_the_gap(open_page):
    at = open_page(SLUG, text="[MASK] is the capital of [MASK].")
    word = at.button(key="masked_fill_0").label
    at.button(key="masked_fill_0").click().run()
    assert faults(at) == []
    assert at.text_area(key="text").value == f"{word} is the capital of [MASK]."


def test_in_turn_a_country_gets_its_own_capital(open_page):
    at = open_page(SLUG, text="[MASK] is the capital of [MASK].")
    table = at.dataframe[0].value
    assert list(table["gap"]) == [2, 1]
    assert table["at once"][1] != table["in turn"][1]
    assert table["probability"][1] > 0.9


def test_a_text_without_gaps_says_how_to_make_one(open_page):
    at = open_page(SLUG, text="No gap here.")
    assert faults(at) == []
    assert any("[MASK]" in note.value for note in at.info)


def test_a_long_text_is_cut_visibly_in_every_view(open_page):
    for view in ("gaps", "game", "surprise"):
        at = open_page(SLUG, text="word " * 300, view=view)
        assert faults(at) == []
        assert any("301" in note.value or "302" in note.value for note in at.info), view


def test_choosing_others_plays_with_another_seed(open_page):
    at = open_page(SLUG, view="game", text="The sky is blue and the sun is bright in the morning.", seed="9999")
    at.button(key="masked_again").click().run()
    assert faults(at) == []
    assert at.session_state["seed"] == 0


@pytest.mark.parametrize(("answer", "right"), [("eyes", True), ("key", False)])
def test_the_right_answer_of_the_prediction_comes_from_the_model(open_page, answer, right):
    at = open_page(SLUG)
    chosen = next(option for option in lesson("masked_language", "en").options if option.answer == answer)
    at.radio(key=f"predict_{SLUG}").set_value(chosen).run()
    at.button(key=f"reveal_{SLUG}").click().run()
    assert faults(at) == []
    assert bool(at.success) == right
    assert any("eyes 18" in box.value for box in (*at.success, *at.info))


@pytest.mark.parametrize(
    ("sentence", "solved"),
    [
        ("We watched the [MASK] rise over the lake.", True),
        ("We watched the [MASK] from the shore.", False),
        ("No gap.", False),
    ],
)
def test_the_exercise_is_judged_by_the_model(open_page, sentence, solved):
    at = open_page(SLUG)
    at.text_input(key="masked_exercise").set_value(sentence)
    at.button(key="masked_check").click().run()
    assert faults(at) == []
    assert bool(at.success) == solved
