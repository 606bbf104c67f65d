"""The worksheet of a lesson: one HTML file to print, the questions on the first pages and the key on the last.

It holds everything it shows: nothing is loaded from a network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from components.core.i18n import _, language
from components.registry import page
from components.ui.guide.answers import right_answer
from components.ui.guide.lesson import Lesson, Question, lesson

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_TEMPLATE: Final = Path(__file__).with_name("worksheet.html.j2")
_SVG: Final = re.compile(r"<svg\b.*</svg>", re.DOTALL)


@dataclass(frozen=True)
class Asked:
    """A question of a lesson where the worksheet has it.

    Attributes
    ----------
    step
        The card that asks it, as the link parameter `step` names it.
    right
        Index of the right answer, None where only the page can compute it.
    """

    title: str
    body: str
    question: Question
    step: int
    right: int | None
    conclusion: str | None


def list_questions(prose: Lesson, concept: str, code: str) -> Iterator[Asked]:
    """Return every question of a lesson: prediction, steps, quiz."""
    for step, card in enumerate((prose.predict, *prose.steps)):
        if card.question is not None:
            right = right_answer(concept, code, card.question)
            yield Asked(card.title, card.body, card.question, step, right, card.conclusion)
    for question in prose.quiz:
        yield Asked("", "", question, len(prose.cards) - 1, right_answer(concept, code, question), None)


def write_worksheet(slug: str, figure: str | None) -> str:
    """Return the worksheet of a page in the language in use.

    Parameters
    ----------
    figure
        SVG text of what the student has on the screen.
    """
    from jinja2 import Environment, StrictUndefined  # only for a worksheet
    from markupsafe import Markup

    entry, code = page(slug), language()
    prose = lesson(entry.concept or "", code)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.i18n"]
    )
    environment.filters |= {"prose": lambda text: Markup(_to_html(text)), "line": lambda text: Markup(_to_line(text))}  # noqa: S704 (of the project's own lessons, with HTML in them escaped)
    drawn = None if figure is None else _SVG.search(figure)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        code=code,
        slug=slug,
        title=_(entry.title),
        prose=prose,
        asked=list(list_questions(prose, entry.concept or "", code)),
        figure=None if drawn is None else Markup(drawn[0]),  # noqa: S704 (drawn by the page)
        words={
            "name": _("Name"),
            "date": _("Date"),
            "figure": _("What you had on the screen"),
            "why": _("Why?"),
            "quiz": _("Quiz"),
            "key": _("Key"),
            "right": _("Right"),
            "open": _("The page computes the answer. Open this step:"),
            "hint": _("Hint:"),
            "solution": _("Solution:"),
            "so": _("So:"),
        },
    )


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt  # only for a worksheet

    return MarkdownIt("commonmark", {"html": False})


def _to_html(text: str) -> str:
    return str(_markdown().render(text))


def _to_line(text: str) -> str:
    return str(_markdown().renderInline(text))
