"""What the lesson asks, answered by the live page: the questions of the cards and the exercise."""

from __future__ import annotations

from typing import Final

import streamlit as st

from components.CONCEPT import link
from components.CONCEPT.counts import count_letters
from components.core.i18n import _
from components.ui.guide.page import Answer, Check, Verdict
from components.ui.guide.position import lesson_of

EXERCISE: Final = "CONCEPT_exercise"
LEAST_LETTERS: Final = 20
AVOIDED: Final = "e"
_MOST_CHARACTERS: Final = 300


def most_frequent() -> Answer:
    """Return the most frequent letter of the text that the first card shows."""
    counts = count_letters(lesson_of(link.PAGE).predict.values[link.TEXT.name])
    listed = ", ".join(f"{each.letter} {each.count}" for each in counts[:4])
    return Answer(counts[0].letter, _("Counted just now: {letters}.").format(letters=listed))


def judge_attempt() -> Verdict | None:
    """Let the student write a sentence without a frequent letter."""
    written = st.text_input(_("Your sentence"), max_chars=_MOST_CHARACTERS, key=EXERCISE, width=520)
    if not written.strip():
        return None
    counts = {each.letter: each.count for each in count_letters(written)}
    evidence = _("It has {all} letters, {avoided} times “{letter}”.").format(
        all=sum(counts.values()), avoided=counts.get(AVOIDED, 0), letter=AVOIDED
    )
    return Verdict(sum(counts.values()) >= LEAST_LETTERS and AVOIDED not in counts, evidence)


CHECKS: Final[dict[str, Check]] = {"most": most_frequent}
