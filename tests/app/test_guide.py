"""The guide of every page, played to its end without a browser; and what its position means to the link."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from components.core.i18n import LANGUAGES, language, use
from components.core.i18n import _ as translated
from components.registry import page
from components.ui.guide.answers import right_answer
from components.ui.guide.lesson import Card, Question
from components.ui.guide.lesson import lesson as read_lesson
from components.ui.guide.progress import ANSWERS
from tests.app.opening import APP, TIMEOUT_S, faults
from tests.unit.test_guides import GUIDED

every_guide = pytest.mark.parametrize("slug", GUIDED)


def lesson_of(slug: str, code: str = "en"):
    return read_lesson(page(slug).concept, code)


def press(at: AppTest, key: str) -> AppTest:
    return at.button(key=key).click().run()


def said(at: AppTest) -> str:
    return "\n".join(element.value for element in (*at.markdown, *at.caption))


@pytest.mark.real_model
@pytest.mark.parametrize("lang", LANGUAGES)
@every_guide
def test_a_path_can_be_played_to_its_end(open_page, slug, lang):
    """Each card is set up by "Next"; each question is answered until the right answer is found."""
    with use(lang):  # AppTest formats the labels of options outside the session
        lesson = lesson_of(slug, lang)
        at = open_page(slug, lang=lang)
        for number, card in enumerate(lesson.cards):
            assert at.session_state["step"] == str(number)
            assert_is_set_up(at, card)
            if card.question is not None:
                answer(at, slug, {str(number): card.question}, tries=1 if number == 0 else None)
            if number < len(lesson.cards) - 1:
                at = press(at, "guide_next")
        answer(at, slug, {f"quiz-{number}": question for number, question in enumerate(lesson.quiz, start=1)})
        assert at.button(key="guide_next").disabled


def answer(at: AppTest, slug: str, questions: dict[str, Question], tries: int | None = None) -> None:
    """Answer the questions on a card, all at once, until each is right, or as often as one may.

    In English a wrong answer comes first. The same code says in other languages what is wrong with it.
    """
    right, before = f"[{translated('Right')}]", said(at)
    orders: dict[str, Iterator[int]] = {}
    for name, question in questions.items():
        assert not any(option.reason in before for option in question.options), question.text
        stored, indexes = right_answer(page(slug).concept, language(), question), range(len(question.options))
        order = sorted(indexes, key=lambda index, stored=stored: index != stored)
        orders[name] = iter(order if language() != "en" else [*order[1:2], order[0], *order[2:]])
    for _ in range(tries or max(len(question.options) for question in questions.values())):
        given = {name: questions[name].options[next(order)] for name, order in orders.items()}
        for name, option in given.items():
            at.button_group(key=f"guide_answer_{slug}_{name}").set_value(option.answer)
        at.run()
        assert faults(at) == []
        assert all(option.reason in said(at) for option in given.values()), given
        held = {name: at.session_state[ANSWERS][slug, name] for name in questions}
        orders = {name: order for name, order in orders.items() if not held[name].is_right}
        if not orders:
            break
    assert said(at).count(right) == before.count(right) + len(questions), list(questions)
    for name, question in questions.items():
        stored = right_answer(page(slug).concept, language(), question)
        assert stored in (held[name].right, None), (question.text, "run .ci/answers.py")


def assert_is_set_up(at: AppTest, card: Card) -> None:
    """The page shows what the card sets up, and draws it as it should."""
    assert faults(at) == [], card.title
    assert [element.value for element in at.warning] == []
    assert all(chart.proto.alt.strip() for chart in at.get("plotly_chart")), card.title
    for name, value in card.values.items():
        held = at.session_state[name]
        assert (",".join(held) if isinstance(held, list) else str(held)) == value, (card.title, name)


@every_guide
def test_a_link_to_a_step_sets_the_page_up(open_page, slug):
    for number, card in enumerate(lesson_of(slug).cards):
        assert_is_set_up(open_page(slug, step=str(number)), card)


def test_a_link_that_names_a_view_opens_it_without_the_guide(open_page):
    at = open_page("tokenizer", text="cats")
    assert at.session_state["step"] == "explore"
    assert not [button for button in at.button if button.key == "guide_next"]
    assert lesson_of("tokenizer").goal.body in said(at)


def test_the_guide_can_be_left_and_taken_up_again(open_page):
    at = press(press(open_page("tokenizer"), "guide_next"), "guide_next")
    text = at.text_area(key="text").value
    at = press(at, "guide_explore")
    assert at.text_area(key="text").value == text
    assert at.query_params["step"] == "explore"
    assert at.query_params["text"] == text
    at = press(at, "guide_explore")
    assert at.session_state["step"] == "2"
    assert at.query_params == {"lang": "en", "step": "2"}


def test_what_differs_from_a_step_is_in_the_address_and_back_on_it_is_not(open_page):
    at = press(open_page("tokenizer"), "guide_next")
    values = lesson_of("tokenizer").cards[1].values
    at.text_area(key="text").set_value("I read a good novel.").run()
    assert at.query_params["text"] == "I read a good novel."
    at.text_area(key="text").set_value(values["text"]).run()
    assert "text" not in at.query_params


def test_back_in_the_browser_restores_the_step_and_what_it_set(open_page):
    at = press(press(open_page("tokenizer"), "guide_next"), "guide_next")
    at.query_params["step"] = "1"
    at.run()
    assert at.session_state["step"] == "1"
    assert at.text_area(key="text").value == lesson_of("tokenizer").cards[1].values["text"]


def test_each_page_has_its_own_step(open_page):
    at = press(press(open_page("tokenizer"), "guide_next"), "guide_next")
    at.switch_page(page("").path).run()
    at.switch_page(page("tokenizer").path).run()
    assert at.session_state["step"] == "2"


def test_a_page_left_without_its_guide_is_found_so_by_the_menu(open_page):
    at = open_page("tokenizer", text="cats")
    at.switch_page(page("").path).run()
    at.switch_page(page("tokenizer").path).run()
    assert at.session_state["step"] == "explore"
    assert at.text_area(key="text").value == "cats"


def test_a_card_in_another_language_sets_its_own_text_up(open_page):
    at = press(open_page("tokenizer"), "guide_next")
    at.session_state["lang"] = "ko"
    at.run()
    assert faults(at) == []
    assert at.text_area(key="text").value == lesson_of("tokenizer", "ko").cards[1].values["text"]


def test_a_link_to_a_card_names_the_language_the_card_is_in(open_page):
    """A visitor whose browser prefers another language would otherwise see another text."""
    at = AppTest.from_file(str(APP), default_timeout=TIMEOUT_S)
    at.run()
    at.switch_page(page("tokenizer").path).run()
    assert at.query_params == {}
    at.session_state["lang"] = "ko"
    at.run().text_area(key="text").set_value("강아지").run()
    assert at.query_params == {"lang": "ko", "step": "0", "text": "강아지"}
    elsewhere = open_page("tokenizer", lang="ko", step="0", text="강아지")
    assert elsewhere.session_state["model"] == at.session_state["model"]
    at = press(at, "guide_next")
    assert at.query_params == {"lang": "ko", "step": "1"}


def test_the_english_example_of_a_korean_card_is_one_click_away(open_page):
    own, english = (lesson_of("tokenizer", code).cards[0].values for code in ("ko", "en"))
    with use("ko"):
        at = open_page("tokenizer", lang="ko")
        assert (at.text_area(key="text").value, at.session_state["model"]) == (own["text"], own["model"])
        at = press(at, "guide_example")
        assert faults(at) == []
        assert (at.text_area(key="text").value, at.session_state["model"]) == (english["text"], english["model"])
        assert at.session_state["step"] == "0"
        assert at.query_params["text"] == english["text"]
        at = press(at, "guide_example")
    assert at.text_area(key="text").value == own["text"]
    assert at.session_state["model"] == own["model"]
    assert at.query_params == {"lang": "ko", "step": "0"}


@pytest.mark.real_model
@every_guide
def test_the_exported_link_of_a_korean_card_shows_the_same_in_english(open_page, slug):
    with use("ko"):
        at = open_page(slug, lang="ko", step="1")
        [address] = [element.value for element in at.code if "lang=ko" in element.value]
    values = dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))
    assert "step" not in values
    other = open_page(slug, **(values | {"lang": "en"}))
    assert faults(other) == []
    assert [element.value for element in other.warning] == []
    for name in lesson_of(slug, "ko").cards[1].values:
        assert other.session_state[name] == at.session_state[name], name


def test_a_card_in_english_offers_no_other_example(open_page):
    at = open_page("tokenizer", lang="en")
    assert not [button for button in at.button if button.key == "guide_example"]


def test_a_step_that_is_not_there_is_said_and_the_guide_begins(open_page):
    at = open_page("tokenizer", step="99")
    assert "step = “99”" in at.warning[0].value
    assert at.session_state["step"] == "0"


@pytest.mark.real_model
def test_help_comes_with_failed_tries_and_the_debrief_with_success(open_page):
    exercise = lesson_of("tokenizer").exercise
    at = open_page("tokenizer", step=str(len(lesson_of("tokenizer").cards) - 2))
    shown = []
    for word in ("novel", "king", "read", "good"):
        at.text_input(key="tokenizer_exercise_word").set_value(word).run()
        shown.append((exercise.hint in said(at), exercise.solution in said(at)))
    assert shown == [(False, False), (True, False), (True, False), (True, True)]
    at.text_input(key="tokenizer_exercise_word").set_value("username").run()
    assert exercise.debrief in said(at)
    assert faults(at) == []


def test_the_end_leads_to_the_next_page_with_the_students_text(open_page):
    last = len(lesson_of("tokenizer").cards) - 1
    at = open_page("tokenizer", step=str(last), text="My own words")
    [link] = [link for link in at.get("page_link") if "step=0" in link.proto.query_string]
    assert link.proto.page == "positional-encoding"
