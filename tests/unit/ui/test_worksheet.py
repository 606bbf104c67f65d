"""The worksheet: every question of the lesson, the key on a page of its own, and nothing from a network."""

from __future__ import annotations

import re
from html import unescape

import pytest

from components.core.i18n import LANGUAGES, use
from components.registry import page
from components.ui.export import Export, worksheet
from components.ui.guide.answers import right_answer
from components.ui.guide.lesson import Option, Question, guided_pages, lesson
from components.ui.guide.worksheet import list_questions, write_worksheet

SLUGS = [entry.slug for entry in guided_pages()]
SVG = '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>mine</text></svg>\n'


def words_of(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())


def plain(markdown: str) -> str:
    return " ".join(re.sub(r"\*\*|`|(?<!\w)\*|\*(?!\w)|\[([^\]]+)\]\([^)]+\)", r"\1", markdown).split())


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("slug", SLUGS)
def test_it_asks_everything_and_gives_the_answers_on_the_last_page_only(slug, code):
    with use(code):
        html = write_worksheet(slug, None)
    assert f'<html lang="{code}">' in html
    asked, key = html.split('<section class="key">')
    prose = lesson(page(slug).concept, code)
    for each in list_questions(prose, page(slug).concept, code):
        assert plain(each.question.text) in words_of(asked)
        for option in each.question.options:
            assert plain(option.answer) in words_of(asked)
            assert plain(option.reason) in words_of(key)
            assert plain(option.reason) not in words_of(asked)
    assert plain(prose.exercise.solution) in words_of(key)
    assert plain(prose.exercise.solution) not in words_of(asked)
    assert 'class="right"' not in asked


@pytest.mark.parametrize("slug", SLUGS)
def test_it_loads_nothing(slug):
    html = write_worksheet(slug, SVG)
    assert not re.search(r"<(script|link|img|iframe)\b|\bsrc=|@import|url\(", html)


def test_the_students_figure_is_on_it():
    export = Export(page="tokenizer", params={}, model=None, result=dict, script=lambda: "", figure=lambda: SVG)
    assert "<text>mine</text></svg></figure>" in worksheet(export)
    assert "<figure>" not in write_worksheet("tokenizer", None)


def test_it_is_made_to_be_printed():
    html = write_worksheet("tokenizer", None)
    assert "@page { size: A4;" in html
    assert ".key { break-before: page }" in html


def test_an_answer_that_the_model_decides_is_read_from_what_it_answered(monkeypatch):
    stored = {"tokenizer": {"en": {"pieces": "3"}}}
    monkeypatch.setattr("components.ui.guide.answers._stored", lambda: stored)
    options = (Option("1", "No."), Option("3", "Yes."))
    assert right_answer("tokenizer", "en", Question("How many?", options, None, "pieces")) == 1
    assert right_answer("tokenizer", "en", Question("How many?", options, None, "other")) is None
    assert right_answer("tokenizer", "en", Question("How many?", options, 0, None)) == 0
