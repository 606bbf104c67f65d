"""What the lesson asks, answered by the live model: the prediction and the exercise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown, sanitize
from components.fine_tuning import link
from components.fine_tuning.comparison import interval
from components.fine_tuning.examples import read_shipped
from components.fine_tuning.exercise import Attempt, judge
from components.fine_tuning.measuring import FloatArray, nearest_means, right
from components.fine_tuning.views.shown import Kept, classify, outcomes, untouched
from components.ui import errors, teaching

_OPTIONS: Final = {"50%": 0.5, "76%": 0.76, "99%": 0.99}
"""The answers of the lesson; the one nearest to what is measured is right."""
_MOST_CHARS: Final = 200


def predict() -> teaching.Answer:
    """Answer the lesson's question with the embedded model: how far its vectors come without any training."""
    examples = read_shipped("film")
    parts = (examples.training, examples.held_out)
    vectors = [untouched(link.MODEL.default, tuple(each.text for each in part)) for part in parts]
    classes = [examples.classes(part) for part in parts]
    found = right(nearest_means(vectors[0], classes[0], vectors[1]), classes[1])
    share, likely = sum(found) / len(found), interval(found)
    option = min(_OPTIONS, key=lambda name: abs(_OPTIONS[name] - share))
    text = _("Measured just now: {right:.1%} of {count} held-out reviews (95% interval {low:.0%} to {high:.0%}).")
    said = text.format(right=share, count=len(found), low=likely.low, high=likely.high)
    return teaching.Answer(option=option, evidence=said)


@st.fragment
def exercise() -> None:
    """Let the student turn the answer of the trained classifier with one new word."""
    with errors.boundary():
        first = st.text_input(_("A review"), max_chars=_MOST_CHARS, key="fine_tuning_first")
        second = st.text_input(_("The same with one other word"), max_chars=_MOST_CHARS, key="fine_tuning_second")
        if not st.button(_("Check my pair"), key="fine_tuning_check"):
            return
        trained = outcomes()
        if not trained:
            st.info(_("There is no classifier yet. Train one above, then check."), icon=":material/model_training:")
            return
        _check(trained[-1], [sanitize(text.strip()).text for text in (first, second)])


def _check(kept: Kept, pair: Sequence[str]) -> None:
    if not all(pair):
        st.info(_("Write both sentences."), icon=":material/edit:")
        return
    shares = classify(kept, pair)
    if shares is None:
        st.info(_("Your trained model made room for somebody else's. Train again to ask it."), icon=":material/memory:")
        return
    examples = kept.outcome.task.examples
    attempt = judge(pair[0], pair[1], examples.training, shares)
    teaching.show_verdict(teaching.Verdict(attempt.solved, _evidence(attempt, examples.labels)))


def _evidence(attempt: Attempt, labels: Sequence[str]) -> str:
    answers = [_answer(row, labels) for row in attempt.shares]
    said = _("First: {first}. Second: {second}.").format(first=answers[0], second=answers[1])
    return " ".join([said, *_missing(attempt)])


def _answer(row: FloatArray, labels: Sequence[str]) -> str:
    return f"{escape_markdown(labels[int(row.argmax())])} {row.max():.0%}"


def _missing(attempt: Attempt) -> list[str]:
    if attempt.changed is None:
        return [_("Wanted: two sentences that differ in exactly one word.")]
    missing = []
    if attempt.known:
        words = ", ".join(f"“{escape_markdown(word)}”" for word in attempt.known)
        missing.append(_("It was trained on {words}: find another word.").format(words=words))
    if not attempt.turned:
        missing.append(_("Both have the same answer still."))
    return missing
