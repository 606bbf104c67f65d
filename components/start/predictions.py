"""What a student predicted on each page and what was true; made to be printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import streamlit as st

from components.core.i18n import _, language
from components.registry import PageEntry, page
from components.start.printing import draw_print_button
from components.ui.guide import browser, progress
from components.ui.guide.lesson import Option, guided_pages, lesson
from components.ui.guide.position import STEP
from components.ui.guide.progress import PageProgress
from components.ui.navigation import open_pages, page_link

SLUG: Final = "predictions"


@dataclass(frozen=True)
class Outcome:
    """A prediction of a student, and what became of it.

    Attributes
    ----------
    first_tries, questions
        How many questions of the page were answered, and how many of them right at the first try.
    """

    entry: PageEntry
    question: str
    chosen: Option
    right: Option
    first_tries: int
    questions: int
    solved: bool

    @property
    def is_right(self) -> bool:
        """Whether the prediction was right."""
        return self.chosen == self.right


def list_outcomes(pages: Mapping[str, PageProgress], code: str) -> Iterator[Outcome]:
    """Return the predictions in the order of the pages; of a lesson that has other answers by now, none."""
    for entry in guided_pages():
        done = pages.get(entry.slug, PageProgress())
        question = lesson(entry.concept or "", code).predict.question
        if question is None or done.predicted is None or max(done.predicted) >= len(question.options):
            continue
        chosen, right = (question.options[index] for index in done.predicted)
        tries = done.first_tries.values()
        yield Outcome(entry, question.text, chosen, right, sum(tries), len(tries), done.solved)


def predictions() -> None:
    """Draw the page."""
    st.title(_(page(SLUG).title))
    browser.keep_progress()
    outcomes = list(list_outcomes(progress.all_pages(), language()))
    if not outcomes:
        _draw_nothing()
        return
    right = sum(outcome.is_right for outcome in outcomes)
    st.markdown(
        _("Your predictions: {count}, right: {right}. A wrong one is where you learned something.").format(
            count=len(outcomes), right=right
        )
    )
    with st.container(horizontal=True, vertical_alignment="center", key="print_bar"):
        draw_print_button()
        page_link("")
    for outcome in outcomes:
        with st.container(border=True):
            _draw_outcome(outcome)


def _draw_nothing() -> None:
    st.markdown(
        _(
            "Each page begins with a question that you answer before you see it on the model. Your answers are "
            "collected here. You have not answered any yet."
        )
    )
    first = next((entry for entry in open_pages() if entry in guided_pages()), None)
    if first is not None:
        page_link(first.slug, **{STEP: "0"})


def _draw_outcome(outcome: Outcome) -> None:
    badge = f":green-badge[{_('Right')}]" if outcome.is_right else f":orange-badge[{_('Not quite')}]"
    lines = [
        f"#### {_(outcome.entry.title)}",
        f"**{outcome.question}**",
        _("You predicted: {answer}").format(answer=outcome.chosen.answer) + f" {badge}",
    ]
    if not outcome.is_right:
        lines += [outcome.chosen.reason, _("What was true: **{answer}**").format(answer=outcome.right.answer)]
    lines.append(outcome.right.reason)
    done = _("Questions answered: {count}, right at the first try: {right}.").format(
        count=outcome.questions, right=outcome.first_tries
    )
    st.markdown("\n\n".join(lines))
    st.caption(f"{done} {_('Exercise solved.')}" if outcome.solved else done)
