"""The page of masked language modelling through app.py: gaps are filled, words hidden, answers judged."""

import pytest

from components.core.i18n import use
from components.masked_language.lesson_examples import examples
from components.masked_language.views.guide import CHECKS
from components.ui.guide.lesson import lesson
from components.ui.guide.progress import ANSWERS
from tests.app.opening import faults

pytestmark = pytest.mark.real_model

SLUG = "masked-language-model"
GAME_TEXT = lesson("masked_language", "en").cards[5].values["text"]


def chart_texts(at):
    return [chart.proto.alt for chart in at.get("plotly_chart")]


def said(at):
    return "\n".join(element.value for element in (*at.markdown, *at.caption))


def test_paris_is_the_capital_of_france(open_page):
    at = open_page(SLUG, step="explore")
    assert any(alt.startswith("Bars, most probable first: paris 99") for alt in chart_texts(at))


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


def test_the_answers_of_the_game_are_shown_after_the_visitor_has_guessed(open_page):
    at = open_page(SLUG, view="game", text=GAME_TEXT, seed="2")
    assert not at.dataframe
    at.text_input(key="masked_guess_2_1").set_value("France")
    at.text_input(key="masked_guess_2_2").set_value("grass")
    [compare] = [button for button in at.button if button.label == "Compare with the model"]
    compare.click().run()
    assert faults(at) == []
    table = at.dataframe[0].value
    assert list(table["your answer"][:3]) == ["France", "grass", ""]
    assert list(table["original"][:3]) == ["france", "to", "library"]
    assert f"You: **1** of 6 right. The model: **{sum(table['right'])}** of 6." in said(at)
    assert not all(table["right"])  # a student can win
    at.button(key="masked_again").click().run()
    assert not at.dataframe


@pytest.mark.parametrize(
    ("lang", "answer", "right", "evidence"),
    [
        ("en", "eyes", True, "eyes 18"),
        ("en", "key", False, "eyes 18"),
        ("ko", "아버지", True, "아버지 46"),
        ("ko", "어머니", False, "아버지 46"),
    ],
)
def test_the_right_answer_of_the_prediction_comes_from_the_model(open_page, lang, answer, right, evidence):
    at = open_page(SLUG, lang=lang)
    assert evidence not in said(at)
    assert not any(evidence.split()[0] in alt for alt in chart_texts(at))
    at.button_group(key=f"guide_answer_{SLUG}_0").set_value(answer).run()
    assert faults(at) == []
    options = lesson("masked_language", lang).cards[0].question.options
    assert (options[at.session_state[ANSWERS][SLUG, "0"].right].answer == answer) == right
    assert evidence in said(at)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_numbers_in_the_lesson_are_the_models_own(open_page, lang):
    """Each question that the model decides has the answer whose reason says why it is right."""
    open_page(SLUG, lang=lang)
    with use(lang):
        answers = {name: check().option for name, check in CHECKS.items()}
    expected = {
        "en": {
            "first": "eyes",
            "others": "0.1%",
            "kind": "left as it is",
            "choices": "3",
            "odds": "160,000",
            "nonsense": "98%",
        },
        "ko": {
            "first": "아버지",
            "others": "0.2%",
            "kind": "그대로 둠",
            "choices": "4",
            "odds": "5,400",
            "nonsense": "93%",
        },
    }
    assert answers == expected[lang]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_the_cards_show_the_texts_that_are_asked_about(lang):
    with use(lang):
        asked = examples()
    cards = lesson("masked_language", lang).cards
    shown = {card.values.get("text") for card in cards}
    assert {asked.others, asked.game.text, asked.surprise.text} <= shown
    assert {card.values["model"] for card in cards if "model" in card.values} == {asked.model}
    assert asked.first in cards[0].question.text
    assert str(asked.game.seed) in {card.values.get("seed") for card in cards}


@pytest.mark.parametrize(
    ("lang", "sentence", "solved"),
    [
        ("en", "We watched the [MASK] rise over the lake.", True),
        ("en", "A [MASK] has four legs and barks.", True),
        ("en", "We watched the [MASK] from the shore.", False),
        ("en", "No gap.", False),
        ("ko", "[MASK]가 멍멍 하고 짖는다.", True),
        ("ko", "아이가 [MASK]을 흘렸다.", True),
        ("ko", "나는 [MASK]에서 영화를 봤다.", False),
    ],
)
def test_the_exercise_is_judged_by_the_model(open_page, lang, sentence, solved):
    exercise = lesson("masked_language", lang).exercise
    at = open_page(SLUG, lang=lang, step=str(len(lesson("masked_language", lang).cards) - 2))
    at.text_input(key="masked_exercise").set_value(sentence).run()
    assert faults(at) == []
    assert (exercise.debrief in said(at)) == solved
    assert not solved or sentence in exercise.solution
