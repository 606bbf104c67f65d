"""A lesson file is read into its cards, and a mistake in it is named."""

from __future__ import annotations

import pytest

from components.ui.guide.lesson import LessonError, Option, parse

GOOD = """\
# What is before the first section is for the teacher.

## What you will learn {#goal}
Two sentences.

## Predict first {#predict}
Look: chips
How it begins.
Ask: How many?
- 3 :: Because it is.
- 1 :: Only :: if it is whole.
Check: pieces

## Guided path {#steps}
### Split a word
[Set up](?text=un+affable%21&model=classroom-bert&compare=)
Look: chips
Look at the pieces.

In two paragraphs.
Ask: Why?
- No reason. :: There is one. {#1}
* The rule. :: It says so.
So: Rules decide.
### Another
Once more.

## Exercise {#exercise}
[Set up](?layer=3)
Do **this**.
Hint: Try.
Solution: That.
Debrief: So it is.

## Done {#finish}
You can now do it.

## Quiz {#quiz}
### Is it so?
* Yes :: It is.
- No :: It is not. {#2}

## Limits {#limits}
Not shown.
"""


def test_the_cards_are_in_the_order_of_the_guide():
    lesson = parse(GOOD, name="x")
    assert [card.title for card in lesson.cards] == ["Predict first", "Split a word", "Another", "Exercise", "Done"]
    assert (lesson.goal.title, lesson.goal.body) == ("What you will learn", "Two sentences.")
    assert lesson.limits.body == "Not shown."


def test_a_card_has_its_words_what_it_sets_and_what_it_is_about():
    step = parse(GOOD, name="x").steps[0]
    assert step.values == {"text": "un affable!", "model": "classroom-bert", "compare": ""}
    assert (step.look, step.body) == ("chips", "Look at the pieces.\n\nIn two paragraphs.")
    assert step.conclusion == "Rules decide."


def test_the_right_answer_is_marked_or_checked():
    lesson = parse(GOOD, name="x")
    marked, checked = lesson.steps[0].question, lesson.predict.question
    assert (marked.text, marked.right, marked.check) == ("Why?", 1, None)
    assert marked.options[0] == Option("No reason.", "There is one.", step=1)
    assert (checked.right, checked.check) == (None, "pieces")
    assert checked.options[1] == Option("1", "Only :: if it is whole.")


def test_a_language_may_have_defaults_of_its_own():
    assert parse(GOOD, name="x").defaults == {}
    own = GOOD + "\n## Defaults {#defaults}\n[Set up](?text=un+affable%21&layer=3)\n"
    assert parse(own, name="x").defaults == {"text": "un affable!", "layer": "3"}
    assert parse(own, name="x").limits.body == "Not shown."


def test_a_card_without_a_question_has_none():
    second = parse(GOOD, name="x").steps[1]
    assert (second.body, second.question, second.look, second.values) == ("Once more.", None, None, {})


def test_the_exercise_has_its_help_and_the_quiz_its_questions():
    lesson = parse(GOOD, name="x")
    exercise = lesson.exercise
    assert (exercise.hint, exercise.solution, exercise.debrief) == ("Try.", "That.", "So it is.")
    assert (exercise.card.body, exercise.card.values) == ("Do **this**.", {"layer": "3"})
    assert [(question.text, question.right) for question in lesson.quiz] == [("Is it so?", 0)]


@pytest.mark.parametrize("anchor", ["goal", "predict", "steps", "exercise", "finish", "quiz", "limits"])
def test_a_missing_section_is_named(anchor):
    with pytest.raises(LessonError, match=rf"room/lesson\.en\.md.*#{anchor}"):
        parse(GOOD.replace(f"{{#{anchor}}}", ""), name="room/lesson.en.md")


@pytest.mark.parametrize(
    ("line", "instead", "said"),
    [
        ("* The rule. :: It says so.\n", "", "2 to 4 lines"),
        ("* The rule. :: It says so.", "- The rule. :: It says so.", "either one right answer"),
        ("Check: pieces", "", "either one right answer"),
        ("- 1 :: Only", "* 1 :: Only", "either one right answer"),
        ("Ask: How many?\n", "", "#predict"),
        ("Solution: That.\n", "", "Solution"),
    ],
)
def test_a_question_without_one_right_answer_is_refused(line, instead, said):
    assert line in GOOD
    with pytest.raises(LessonError, match=said):
        parse(GOOD.replace(line, instead), name="x")


def test_an_answer_that_is_a_sentence_gives_up_its_full_stop_for_the_colon():
    said = [option.verdict for option in parse(GOOD, name="x").steps[0].question.options]
    assert said == ["**No reason**: There is one.", "**The rule**: It says so."]
