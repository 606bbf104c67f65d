"""What a teacher needs of all lessons: plans, answers with typical wrong ones, and what differs between machines.

The page for teachers draws it and `.ci/generate.py` writes it to docs/teaching.md. Questions, answers and reasons are
read from the lessons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from components.core.i18n import N_, _, language
from components.registry import PageEntry, page
from components.ui.guide.lesson import guided_pages, lesson
from components.ui.guide.worksheet import list_questions

Link = Callable[[str, int | None, str], str]
"""Writes a link to a page, or to a step of it, with these words."""


@dataclass(frozen=True)
class Part:
    """A part of a plan; without a page it is what `does` says alone."""

    minutes: int
    slug: str | None
    does: str | None = None


_BEGIN: Final = Part(
    5,
    "",
    N_(
        "Everybody types the beginning of a sentence and watches the bars. Then all open the second example: almost "
        "the same probability, and nonsense. How can that be?"
    ),
)
_END: Final = Part(
    3,
    "predictions",
    N_("Everybody explains one wrong prediction to a neighbour: what was true, and which step shows it?"),
)
PLANS: Final[Mapping[int, Sequence[Part]]] = {
    45: (_BEGIN, Part(11, "tokenizer"), Part(13, "attention"), Part(13, "generation"), _END),
    90: (
        _BEGIN,
        Part(11, "tokenizer"),
        Part(11, "positional-encoding"),
        Part(13, "attention"),
        Part(5, None, N_("Break.")),
        Part(14, "inside"),
        Part(14, "generation"),
        Part(14, "masked-language-model"),
        _END,
    ),
}
"""By their minutes. A part has time for a page's lesson without its quiz; what is left out is homework."""

DIFFERENCES: Final = (
    N_(
        "The built-in models come with the dashboard, and every question is answered with them. Somebody who chooses "
        "another model on a page may get another answer."
    ),
    N_(
        "The first visit to a page loads its model. Open each page of the plan once before the lesson; then nobody "
        "waits for it."
    ),
    N_(
        "Times and memory are measured on the machine that runs the dashboard, so they are different on yours. "
        "Probabilities can differ in the last digits from processor to processor."
    ),
    N_("A sampled text depends on the seed. On another processor the same seed can give another text."),
    N_("Models that are not built in need a download or an account. No step needs one."),
    N_(
        "Progress is kept in each student's browser. On shared computers let the students delete it on the home page "
        "at the end. With a sign-in it is kept with the account."
    ),
)


def list_plan(minutes: int, link: Link) -> Iterator[str]:
    """Return a plan as lines of a Markdown list."""
    begin = 0
    for part in PLANS[minutes]:
        end = begin + part.minutes
        does = [link(part.slug, None, _(page(part.slug).title)) + "."] if part.slug is not None else []
        if part.does is not None:
            does.append(_(part.does))
        elif part.slug is not None:
            does.append(_describe_lesson(page(part.slug), link))
        yield f"- **{_('Minute {begin} to {end}').format(begin=begin, end=end)}** · {' '.join(filter(None, does))}"
        begin = end


def _describe_lesson(entry: PageEntry, link: Link) -> str:
    steps = len(lesson(entry.concept or "", language()).steps)
    return _(
        "{prediction} by show of hands; steps {steps} together, with the question answered before Next; {exercise} in "
        "pairs; {quiz} at the end or at home."
    ).format(
        prediction=link(entry.slug, 0, _("Prediction")),
        steps=" ".join(link(entry.slug, step, str(step)) for step in range(1, steps + 1)),
        exercise=link(entry.slug, steps + 1, _("Exercise")),
        quiz=link(entry.slug, steps + 2, _("Quiz")),
    )


def list_answers(entry: PageEntry, link: Link) -> Iterator[str]:
    """Return the questions of a page with right and wrong answers and their reasons, as lines of Markdown."""
    concept, code = entry.concept or "", language()
    prose = lesson(concept, code)
    for each in list_questions(prose, concept, code):
        name = _("Prediction") if each.step == 0 else _("Step {number}").format(number=each.step)
        yield f"**{link(entry.slug, each.step, name if each.title else _('Quiz'))}: {each.question.text}**"
        yield ""
        right = [] if each.right is None else [each.right]
        for index in (*right, *(index for index in range(len(each.question.options)) if index != each.right)):
            option = each.question.options[index]
            mark = "✓ " if index == each.right else ""
            yield f"- {mark}{option.verdict}"
        yield ""
        if each.right is None:
            yield _("The page computes the answer.")
            yield ""
    task = prose.exercise
    yield f"**{link(entry.slug, len(prose.steps) + 1, _('Exercise'))}:** {task.card.body}"
    yield ""
    yield f"- **{_('Hint:')}** {task.hint}"
    yield f"- **{_('Solution:')}** {task.solution}"
    yield f"- {task.debrief}"


def as_markdown(link: Link) -> Iterator[str]:
    """Return everything as the lines of a document, which says nothing of a page that is being made."""
    for minutes in PLANS:
        yield from (f"## {name_plan(minutes)}", "", *list_plan(minutes, link), "")
    yield from (f"## {_('What is different on other machines')}", "", *(f"- {_(text)}" for text in DIFFERENCES), "")
    yield from (f"## {_('Questions and answers')}", "")
    for entry in guided_pages():
        if not entry.is_draft:
            yield from (f"### {_(entry.title)}", "", *list_answers(entry, link), "")


def name_plan(minutes: int) -> str:
    """Return the heading of a plan."""
    return _("A lesson of {minutes} minutes").format(minutes=minutes)
