"""What a lesson says, for the tests that measure it again."""

from __future__ import annotations

from components.ui.guide.lesson import lesson


def words_of(concept: str, code: str) -> str:
    """Return the sentences of a lesson in a language on one line, without its questions and answers."""
    written = lesson(concept, code)
    asked = [card.question for card in written.cards if card.question is not None] + [*written.quiz]
    reasons = [option.reason for question in asked for option in question.options]
    parts = [part for card in written.cards for part in (card.title, card.body, card.conclusion or "")]
    exercise = written.exercise
    return " ".join(" ".join([*parts, *reasons, exercise.solution, exercise.debrief, written.limits.body]).split())
