"""The page for teachers: plans that fill their minutes, links to steps that exist, every answer with its reason."""

from __future__ import annotations

import re

import pytest

from components.core.i18n import LANGUAGES
from components.registry import PAGES, page
from components.ui.guide.course import PLANS, as_markdown, list_answers
from components.ui.guide.lesson import estimate_minutes, guided_pages, lesson
from components.ui.guide.worksheet import list_questions
from tests.app.opening import faults
from tests.unit.source_tree import ROOT


@pytest.mark.parametrize("minutes", PLANS)
def test_a_plan_fills_its_minutes(minutes):
    assert sum(part.minutes for part in PLANS[minutes]) == minutes
    for part in PLANS[minutes]:
        if part.slug is not None and page(part.slug).concept is not None:
            prose = [lesson(page(part.slug).concept, code) for code in LANGUAGES]
            assert part.minutes > max(estimate_minutes(each, with_quiz=False) for each in prose) - 0.5, part.slug


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_link_leads_to_a_page_and_a_step_that_it_has(open_page, lang):
    at = open_page("teaching", lang=lang)
    assert faults(at) == []
    said = "\n".join(element.value for element in at.markdown)
    links = re.findall(r"\]\(\./([\w-]*)\?lang=(\w+)(?:&step=(\d+))?\)", said)
    assert {slug for slug, _code, _step in links} >= {entry.slug for entry in guided_pages()}
    for slug, code, step in links:
        assert code == lang
        assert slug in {entry.slug for entry in PAGES}
        assert not step or int(step) < len(lesson(page(slug).concept, lang).cards), (slug, step)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_question_is_there_with_every_answer_and_its_reason(open_page, lang):
    said = "\n".join(element.value for element in open_page("teaching", lang=lang).markdown)
    for entry in guided_pages():
        for each in list_questions(lesson(entry.concept, lang), entry.concept, lang):
            assert each.question.text in said
            assert all(option.verdict in said for option in each.question.options)


def test_the_right_answer_comes_first_and_is_marked():
    lines = list(list_answers(page("tokenizer"), lambda _slug, _step, words: words))
    questions = [number for number, line in enumerate(lines) if line.startswith("**") and line.endswith("?**")]
    assert len(questions) >= 8
    assert all(lines[number + 2].startswith("- ✓ ") for number in questions)


def test_the_document_has_what_the_page_has():
    document = (ROOT / "docs" / "teaching.md").read_text("utf-8")
    for line in as_markdown(lambda _slug, _step, words: words):
        if line.startswith(("## ", "### ", "- ✓ ")):
            assert line in document
