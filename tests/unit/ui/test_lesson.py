"""A lesson file is read into its parts, and a mistake in it is named."""

from __future__ import annotations

import pytest

from components.ui.lesson import LessonError, Option, parse

GOOD = """\
# What stands before the first section is for the teacher.

## What you will learn {#goal}
Two sentences.

## Guided path {#steps}
Follow it.
### Split a word
Look at the pieces. [Show it](?text=un+affable%21&model=classroom-bert&compare=)
### Another
Once more. [Open](?layer=3)

## Predict first {#predict}
How many?
- 3 :: Because it is.
- 1 :: Only :: if it is whole.

## Exercise {#exercise}
Do **this**.

## Limits {#limits}
Not shown.
"""


def test_the_parts_are_found_by_their_anchors():
    lesson = parse(GOOD, name="x")
    assert (lesson.goal.title, lesson.goal.body) == ("What you will learn", "Two sentences.")
    assert (lesson.path.title, lesson.path.body) == ("Guided path", "Follow it.")
    assert (lesson.predict.title, lesson.predict.body) == ("Predict first", "How many?")
    assert lesson.exercise.body == "Do **this**."
    assert lesson.limits.body == "Not shown."


def test_a_step_has_its_words_its_button_and_what_it_sets():
    first, second = parse(GOOD, name="x").steps
    assert (first.title, first.body, first.label) == ("Split a word", "Look at the pieces.", "Show it")
    assert first.values == {"text": "un affable!", "model": "classroom-bert", "compare": ""}
    assert second.values == {"layer": "3"}


def test_an_answer_ends_at_the_first_double_colon():
    assert parse(GOOD, name="x").options == (
        Option("3", "Because it is."),
        Option("1", "Only :: if it is whole."),
    )


@pytest.mark.parametrize("anchor", ["goal", "steps", "predict", "exercise", "limits"])
def test_a_missing_section_is_named(anchor):
    with pytest.raises(LessonError, match=rf"room/lesson\.en\.md.*#{anchor}"):
        parse(GOOD.replace(f"{{#{anchor}}}", ""), name="room/lesson.en.md")


def test_a_step_that_sets_nothing_up_is_named():
    with pytest.raises(LessonError, match="'Another' has no link"):
        parse(GOOD.replace("[Open](?layer=3)", ""), name="x")


def test_a_question_with_one_answer_is_refused():
    with pytest.raises(LessonError, match="at least two"):
        parse(GOOD.replace("- 1 :: Only :: if it is whole.\n", ""), name="x")
