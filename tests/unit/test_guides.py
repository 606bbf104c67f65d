"""The lessons as cards of the guide: short, the same in every language, and served by what the page has."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES
from components.registry import PAGES
from components.ui.glossary import terms
from components.ui.guide.lesson import (
    MINUTES_A_QUESTION,
    MINUTES_OF_EXERCISE,
    WORDS_A_MINUTE,
    Card,
    Lesson,
    Question,
    estimate_minutes,
    parse,
)
from tests.unit.source_tree import ROOT

MOST_WORDS = 45
"""Of a card, before its question."""
QUIZ_QUESTIONS = 3
OTHERS = [code for code in LANGUAGES if code != DEFAULT_LANGUAGE]


def path_of(concept: str, code: str):
    return ROOT / "components" / concept / f"lesson.{code}.md"


CONCEPTS = sorted({entry.concept for entry in PAGES if entry.concept})
GUIDED = [entry.slug for entry in PAGES if entry.concept]
"""The addresses of the pages with a guide."""
DRAFTS = sorted({entry.concept for entry in PAGES if entry.is_draft})
LESSONS = [(concept, code) for concept in CONCEPTS for code in LANGUAGES if not (concept in DRAFTS and code in OTHERS)]
"""Those that have to be there: of a page that is being made, the one in the language of the code."""
every_lesson = pytest.mark.parametrize(("concept", "code"), LESSONS)
every_translation = pytest.mark.parametrize(("concept", "code"), [each for each in LESSONS if each[1] in OTHERS])


def read(concept: str, code: str) -> Lesson:
    return parse(path_of(concept, code).read_text(encoding="utf-8"), name=f"{concept}/lesson.{code}.md")


def words(card: Card) -> int:
    return len(re.sub(r"\]\([^)]*\)", "", card.body).split())


@every_lesson
def test_every_card_is_short_and_asks_something(concept, code):
    lesson = read(concept, code)
    assert 4 <= len(lesson.steps) <= 9
    for card in (lesson.predict, *lesson.steps):
        assert card.question is not None, card.title
        assert card.conclusion, card.title
        assert card.look, card.title
        assert words(card) <= MOST_WORDS, (card.title, words(card))
    assert lesson.exercise.card.body
    assert len(lesson.quiz) == QUIZ_QUESTIONS


@every_lesson
def test_answers_differ_and_wrong_ones_of_the_quiz_name_a_step(concept, code):
    lesson = read(concept, code)
    for question in all_questions(lesson):
        answers = [option.answer for option in question.options]
        assert len(set(answers)) == len(answers), question.text
        assert all(option.step is None or 1 <= option.step <= len(lesson.steps) for option in question.options)
    for question in lesson.quiz:
        for index, option in enumerate(question.options):
            assert index == question.right or option.step is not None, (question.text, option.answer)


def all_questions(lesson: Lesson) -> list[Question]:
    asked = [card.question for card in (lesson.predict, *lesson.steps) if card.question is not None]
    return [*asked, *lesson.quiz]


@every_translation
def test_the_cards_are_the_same_in_every_language(concept, code):
    first, second = read(concept, DEFAULT_LANGUAGE), read(concept, code)
    for one, other in zip(first.cards, second.cards, strict=True):
        assert other.values.keys() == one.values.keys(), one.title
        assert other.look == one.look, one.title
    for one, other in zip(all_questions(first), all_questions(second), strict=True):
        assert (other.right, other.check) == (one.right, one.check), one.text
        assert [option.step for option in other.options] == [option.step for option in one.options], one.text


@pytest.mark.parametrize("concept", [concept for concept, code in LESSONS if code == "ko"])
def test_the_korean_lesson_is_korean(concept):
    lesson = read(concept, "ko")
    said = [lesson.goal.body, lesson.limits.body, lesson.finish.body, lesson.exercise.debrief]
    said += [card.body for card in lesson.cards] + [question.text for question in all_questions(lesson)]
    for text in said:
        assert any("가" <= letter <= "힣" for letter in text), text


@pytest.mark.thorough
def test_no_page_is_a_draft():
    """Before a release each page is complete: CONTRIBUTING.md says what a draft lacks."""
    assert DRAFTS == [], "take `is_draft` out of these rows of components/registry.py, and see which tests fail"


def test_the_glossary_has_every_word_in_every_language():
    assert len(terms()) > 90
    for term in terms():
        assert term.word.keys() == term.means.keys() == LANGUAGES.keys(), term.word
        assert all([*term.word.values(), *term.means.values()]), term.word


@pytest.mark.parametrize("entry", [entry for entry in PAGES if entry.concept], ids=lambda entry: entry.slug)
def test_the_minutes_of_a_page_are_those_of_its_lesson(entry):
    """A page says one number, so it counts for the language whose lesson takes longer."""
    longest = max(estimate_minutes(read(concept, code)) for concept, code in LESSONS if concept == entry.concept)
    assert abs(entry.minutes - longest) < 1, f"write minutes={longest:.0f} into components/registry.py"


def test_reading_questions_and_the_exercise_take_their_minutes():
    written = read("tokenizer", DEFAULT_LANGUAGE)
    alone, with_quiz = estimate_minutes(written, with_quiz=False), estimate_minutes(written)
    longer = replace(written, goal=replace(written.goal, body=written.goal.body + " word" * WORDS_A_MINUTE))
    assert estimate_minutes(longer) == pytest.approx(with_quiz + 1)
    assert estimate_minutes(replace(written, quiz=())) == alone
    assert with_quiz - alone > QUIZ_QUESTIONS * MINUTES_A_QUESTION
    assert alone > MINUTES_OF_EXERCISE + len([card for card in written.cards if card.question]) * MINUTES_A_QUESTION
