"""Every concept has its lesson in every language with the same steps, and the glossary has every word in each."""

from __future__ import annotations

import pytest

from components.core.i18n import DEFAULT_LANGUAGE, LANGUAGES
from components.registry import PAGES
from components.ui.glossary import terms
from components.ui.lesson import Lesson, parse
from tests.unit.source_tree import ROOT
from tests.unit.test_guides import CONCEPTS as GUIDED

CONCEPTS = sorted({entry.concept for entry in PAGES if entry.concept} - set(GUIDED))
OTHERS = [code for code in LANGUAGES if code != DEFAULT_LANGUAGE]


def read(concept: str, code: str) -> Lesson:
    path = ROOT / "components" / concept / f"lesson.{code}.md"
    return parse(path.read_text(encoding="utf-8"), name=str(path.relative_to(ROOT)))


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("concept", CONCEPTS)
def test_every_part_says_something(concept, code):
    lesson = read(concept, code)
    for section in (lesson.goal, lesson.predict, lesson.exercise, lesson.limits):
        assert section.title
        assert section.body
    assert 3 <= len(lesson.steps) <= 6
    for step in lesson.steps:
        assert all((step.title, step.body, step.label, step.values)), step
    answers = [option.answer for option in lesson.options]
    assert len(set(answers)) == len(answers)


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("concept", CONCEPTS)
def test_the_steps_are_the_same_in_every_language(concept, code):
    first, second = read(concept, DEFAULT_LANGUAGE), read(concept, code)
    assert [step.values for step in second.steps] == [step.values for step in first.steps]
    assert len(second.options) == len(first.options)


@pytest.mark.parametrize("concept", CONCEPTS)
def test_the_korean_lesson_is_korean(concept):
    lesson = read(concept, "ko")
    for section in (lesson.goal, lesson.predict, lesson.exercise, lesson.limits):
        assert any("가" <= letter <= "힣" for letter in section.body), section.title


def test_the_glossary_has_every_word_in_every_language():
    assert len(terms()) > 65
    for term in terms():
        assert term.word.keys() == term.means.keys() == LANGUAGES.keys(), term.word
        assert all([*term.word.values(), *term.means.values()]), term.word
