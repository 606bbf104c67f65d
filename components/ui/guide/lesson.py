"""Lessons: Markdown that a teacher edits without touching code, read into the cards of the guide.

A lesson file is `components/<concept>/lesson.<language>.md`. Its sections are found by the anchor in their heading, so
the words of the heading are free:

    ## What you will learn {#goal}
    One sentence.

    ## Predict first {#predict}
    [Set up](?text=unaffable&model=classroom-bert)
    Look: tokenizer_chips
    What the student has before the eyes, and does not yet show the answer.
    Ask: How many tokens?
    - 3 :: Why this is right or wrong.
    - 1 :: Only if ...
    Check: pieces
    So: What to keep in mind.

    ## The path {#steps}
    ### Space and capitals count
    (a card like the one above)

    ## Exercise {#exercise}
    [Set up](?model=classroom-gpt2)
    Look: text
    What to do.
    Hint: After the second try.
    Solution: After the fourth try.
    Debrief: What it showed.

    ## Done {#finish}
    One sentence.

    ## Quiz {#quiz}
    ### Question?
    - answer :: The reason. {#2}
    * right answer :: The reason.

    ## Limits {#limits}

    ## Defaults {#defaults}
    [Set up](?text=unaffable&model=classroom-bert)

The link of a card sets the page up: parameters that it does not name get their default. The last section is for
languages other than English: the defaults that are others there, with the guide and without. `Look:` is the widget key
of what the card is about. The right answer has `*` in place of `-` where it is a fact; where the live model decides,
`Check:` names the function of the page that computes it. `{#2}` at the end of a reason names the step that shows it.
Every other line is Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from components.core.i18n import DEFAULT_LANGUAGE
from components.registry import PAGES, PageEntry

SECTIONS: Final = ("goal", "predict", "steps", "exercise", "finish", "quiz", "limits")
FEWEST_ANSWERS: Final = 2
MOST_ANSWERS: Final = 4
WORDS_A_MINUTE: Final = 150
"""What a learner reads who looks at the page meanwhile, in English and in Korean."""
MINUTES_A_QUESTION: Final = 0.5
"""For looking, thinking and choosing, besides the reading."""
MINUTES_OF_EXERCISE: Final = 2.0
"""For two or three tries, besides the reading."""

_COMPONENTS: Final = Path(__file__).resolve().parents[2]
_SECTION: Final = re.compile(r"^## (?P<title>.+?) \{#(?P<anchor>\w+)\}$", re.MULTILINE)
_TITLE: Final = re.compile(r"^### (?P<title>.+)$", re.MULTILINE)
_SET_UP: Final = re.compile(r"^\[[^\]]+\]\(\?(?P<query>[^)\s]*)\)$", re.MULTILINE)
_OPTION: Final = re.compile(
    r"^(?P<mark>[-*]) (?P<answer>.+?) :: (?P<reason>.+?)(?: \{#(?P<step>\d+)\})?$", re.MULTILINE
)
_FIELD: Final = re.compile(r"^(?P<name>Look|Ask|Check|So|Hint|Solution|Debrief): (?P<value>.+)$", re.MULTILINE)


class LessonError(ValueError):
    """A lesson file that does not have the form above; the message names file and card."""


@dataclass(frozen=True)
class Section:
    """A titled piece of prose."""

    title: str
    body: str


@dataclass(frozen=True)
class Option:
    """One possible answer."""

    answer: str
    reason: str
    """Why it is right or wrong."""
    step: int | None = None
    """The step that shows why, counted from 1."""

    @property
    def verdict(self) -> str:
        """The answer with its reason, in Markdown; a sentence gives up its full stop for the colon."""
        return f"**{self.answer.removesuffix('.')}**: {self.reason}"


@dataclass(frozen=True)
class Question:
    """A question with its possible answers.

    Attributes
    ----------
    right
        Index of the right answer where it is a fact.
    check
        Where the live model decides: name of the page's function that computes the answer.
    """

    text: str
    options: tuple[Option, ...]
    right: int | None
    check: str | None


@dataclass(frozen=True)
class Card:
    """One card of the guide.

    Attributes
    ----------
    values
        The link parameters that set the page up, as a link writes them.
    look
        Widget key of what the card is about.
    conclusion
        What to keep in mind.
    """

    title: str
    body: str
    values: dict[str, str]
    look: str | None
    question: Question | None
    conclusion: str | None


@dataclass(frozen=True)
class Exercise:
    """The task at the end of the path, with the help that comes after failed tries."""

    card: Card
    hint: str
    solution: str
    debrief: str


@dataclass(frozen=True)
class Lesson:
    """The prose of one page in one language.

    Attributes
    ----------
    defaults
        Of the page's link parameters, those whose default is another one in this language than in English.
    """

    goal: Section
    predict: Card
    steps: tuple[Card, ...]
    exercise: Exercise
    finish: Section
    quiz: tuple[Question, ...]
    limits: Section
    defaults: Mapping[str, str]

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards in the order of the guide: prediction, steps, exercise, end."""
        end = Card(self.finish.title, self.finish.body, self.exercise.card.values, None, None, None)
        return (self.predict, *self.steps, self.exercise.card, end)


def estimate_minutes(lesson: Lesson, *, with_quiz: bool = True) -> float:
    """Return how long a learner needs for a lesson: to read it, to answer its questions, to solve the exercise.

    Read are the goal, each card, each question with all its answers, one reason for each (the longest), and what the
    exercise showed; not hint, solution and limits.
    """
    questions = [card.question for card in lesson.cards if card.question is not None]
    if with_quiz:
        questions += lesson.quiz
    texts = [lesson.goal.body, lesson.exercise.debrief]
    for card in lesson.cards:
        texts += [card.body, card.conclusion or ""]
    for question in questions:
        texts += [question.text, *(option.answer for option in question.options)]
        texts.append(max((option.reason for option in question.options), key=_count_words))
    reading = sum(map(_count_words, texts)) / WORDS_A_MINUTE
    return reading + len(questions) * MINUTES_A_QUESTION + MINUTES_OF_EXERCISE


def _count_words(text: str) -> int:
    return len(re.sub(r"\]\([^)]*\)", "", text).split())


def guided_pages() -> tuple[PageEntry, ...]:
    """Return the pages that have a guide, in the order of the menu."""
    return tuple(entry for entry in PAGES if entry.concept is not None)


def lesson(concept: str, code: str) -> Lesson:
    """Return the lesson of a concept in a language, or in English where it has not been written yet."""
    path = _COMPONENTS / concept / f"lesson.{code}.md"
    return _read(path if path.exists() else path.with_name(f"lesson.{DEFAULT_LANGUAGE}.md"))


@cache
def _read(path: Path) -> Lesson:
    return parse(path.read_text(encoding="utf-8"), name=f"{path.parent.name}/{path.name}")


def parse(text: str, *, name: str) -> Lesson:
    """Read a lesson.

    Raises
    ------
    LessonError
        If a section or a part of a card is missing, or a question has no right answer.
    """
    sections = {match["anchor"]: Section(match["title"], body.strip()) for match, body in _divide(_SECTION, text)}
    missing = [anchor for anchor in SECTIONS if anchor not in sections]
    if missing:
        raise LessonError(f"{name}: no section with {', '.join(f'{{#{anchor}}}' for anchor in missing)}")
    steps = tuple(_card(match["title"], body, name) for match, body in _divide(_TITLE, sections["steps"].body))
    if not steps:
        raise LessonError(f"{name}: {{#steps}} has no step, a heading that begins with '### '")
    predict = _card(sections["predict"].title, sections["predict"].body, name)
    quiz = tuple(_quiz_question(match["title"], body, name) for match, body in _divide(_TITLE, sections["quiz"].body))
    if predict.question is None or not quiz:
        raise LessonError(f"{name}: {{#predict}} needs a line 'Ask: ...', and {{#quiz}} a question under '### '")
    return Lesson(
        goal=sections["goal"],
        predict=predict,
        steps=steps,
        exercise=_exercise(sections["exercise"], name),
        finish=sections["finish"],
        quiz=quiz,
        limits=sections["limits"],
        defaults=_values(sections["defaults"].body) if "defaults" in sections else {},
    )


def _card(title: str, body: str, name: str) -> Card:
    fields = {match["name"]: match["value"] for match in _FIELD.finditer(body)}
    prose = _FIELD.sub("", _OPTION.sub("", _SET_UP.sub("", body)))
    return Card(
        title=title,
        body=re.sub(r"\n{3,}", "\n\n", prose).strip(),
        values=_values(body),
        look=fields.get("Look"),
        question=_question(fields["Ask"], body, fields.get("Check"), f"{name}: {title!r}") if "Ask" in fields else None,
        conclusion=fields.get("So"),
    )


def _values(body: str) -> dict[str, str]:
    set_up = _SET_UP.search(body)
    return {} if set_up is None else dict(parse_qsl(set_up["query"], keep_blank_values=True))


def _question(text: str, body: str, check: str | None, place: str) -> Question:
    found = list(_OPTION.finditer(body))
    marked = [index for index, match in enumerate(found) if match["mark"] == "*"]
    if not FEWEST_ANSWERS <= len(found) <= MOST_ANSWERS:
        raise LessonError(
            f"{place} needs {FEWEST_ANSWERS} to {MOST_ANSWERS} lines of the form '- answer :: reason', has {len(found)}"
        )
    if len(marked) != (1 if check is None else 0):
        raise LessonError(f"{place} needs either one right answer that begins with '*', or a line 'Check: name'")
    options = tuple(Option(match["answer"], match["reason"], _step_of(match)) for match in found)
    return Question(text, options, marked[0] if marked else None, check)


def _step_of(option: re.Match[str]) -> int | None:
    return None if option["step"] is None else int(option["step"])


def _quiz_question(text: str, body: str, name: str) -> Question:
    return _question(text, body, None, f"{name}: {text!r}")


def _exercise(section: Section, name: str) -> Exercise:
    fields = {match["name"]: match["value"] for match in _FIELD.finditer(section.body)}
    missing = [field for field in ("Hint", "Solution", "Debrief") if field not in fields]
    if missing:
        raise LessonError(f"{name}: {{#exercise}} has no line that begins with {', '.join(missing)}")
    return Exercise(_card(section.title, section.body, name), fields["Hint"], fields["Solution"], fields["Debrief"])


def _divide(heading: re.Pattern[str], text: str) -> list[tuple[re.Match[str], str]]:
    """Return each heading with the text up to the next one."""
    found = list(heading.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [(match, text[match.end() : end]) for match, end in zip(found, ends, strict=True)]
