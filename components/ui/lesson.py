"""Lessons: Markdown that a teacher edits without touching code, and the order in which every page shows it.

A lesson file is `components/<concept>/lesson.<language>.md`. Its sections are found by the anchor in their heading,
so the words of the heading are free:

    ## What you will learn {#goal}
    Two sentences.

    ## Guided path {#steps}
    ### Split a word
    One sentence, what to look at, and a link that sets the page up: [Show it](?text=unaffable&model=classroom-bert)

    ## Predict first {#predict}
    The question, then the possible answers, each with the reason it is right or wrong. Which one is right is not
    written here: the page computes it from the model.
    - 3 :: Because ...
    - 1 :: Only if ...

    ## Exercise {#exercise}
    ## Limits {#limits}
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl

from components.core.i18n import DEFAULT_LANGUAGE

SECTIONS: Final = ("goal", "steps", "predict", "exercise", "limits")

_COMPONENTS: Final = Path(__file__).resolve().parents[1]
_SECTION: Final = re.compile(r"^## (?P<title>.+?) \{#(?P<anchor>\w+)\}$", re.MULTILINE)
_STEP: Final = re.compile(r"^### (?P<title>.+)$", re.MULTILINE)
_SET_UP: Final = re.compile(r"\[(?P<label>[^\]]+)\]\(\?(?P<query>[^)\s]*)\)")
_OPTION: Final = re.compile(r"^- (?P<answer>.+?) :: (?P<reason>.+)$", re.MULTILINE)


class LessonError(ValueError):
    """A lesson file that does not have the form above; the message names file and section."""


@dataclass(frozen=True)
class Section:
    """A titled piece of prose."""

    title: str
    body: str


@dataclass(frozen=True)
class Step:
    """One step of the guided path: what to look at, and the parameters that set the page up for it."""

    title: str
    body: str
    label: str
    values: dict[str, str]


@dataclass(frozen=True)
class Option:
    """One possible answer, and why it is right or wrong."""

    answer: str
    reason: str


@dataclass(frozen=True)
class Lesson:
    """The prose of one page in one language."""

    goal: Section
    path: Section
    steps: tuple[Step, ...]
    predict: Section
    options: tuple[Option, ...]
    exercise: Section
    limits: Section


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
        If a section is missing, a step sets nothing up, or there is nothing to choose from.
    """
    sections = {match["anchor"]: Section(match["title"], body.strip()) for match, body in _divide(_SECTION, text)}
    missing = [anchor for anchor in SECTIONS if anchor not in sections]
    if missing:
        raise LessonError(f"{name}: no section with {', '.join(f'{{#{anchor}}}' for anchor in missing)}")
    predict = sections["predict"]
    options = tuple(Option(match["answer"], match["reason"]) for match in _OPTION.finditer(predict.body))
    if len(options) < 2:
        raise LessonError(f"{name}: {{#predict}} needs at least two lines of the form '- answer :: reason'")
    path = sections["steps"]
    return Lesson(
        goal=sections["goal"],
        path=Section(path.title, _STEP.split(path.body, maxsplit=1)[0].strip()),
        steps=tuple(_step(match["title"], body, name) for match, body in _divide(_STEP, path.body)),
        predict=Section(predict.title, _OPTION.sub("", predict.body).strip()),
        options=options,
        exercise=sections["exercise"],
        limits=sections["limits"],
    )


def _step(title: str, body: str, name: str) -> Step:
    link = _SET_UP.search(body)
    if link is None:
        raise LessonError(f"{name}: step {title!r} has no link of the form [Show it](?name=value)")
    values = dict(parse_qsl(link["query"], keep_blank_values=True))
    return Step(title, _SET_UP.sub("", body).strip(), link["label"], values)


def _divide(heading: re.Pattern[str], text: str) -> list[tuple[re.Match[str], str]]:
    """Return each heading with the text up to the next one."""
    found = list(heading.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    return [(match, text[match.end() : end]) for match, end in zip(found, ends, strict=True)]
