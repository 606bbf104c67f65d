"""The lesson's prediction, and its exercise: one new word turns the answer of the trained classifier."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown, sanitize
from components.fine_tuning import link
from components.fine_tuning.examples import Example, read_shipped
from components.fine_tuning.measures import FloatArray, estimate_interval, mark_right, nearest_means
from components.fine_tuning.state import FinishedTraining, classify, read_untouched, session_trainings
from components.ui import errors, teaching

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


_OPTIONS: Final = {"50%": 0.5, "76%": 0.76, "99%": 0.99}
"""The answers of the lesson; the one nearest to what is measured is right."""
_MOST_CHARS: Final = 200


@dataclass(frozen=True, eq=False)
class Attempt:
    """Two sentences, judged.

    Attributes
    ----------
    changed
        The words in which they differ, the first sentence's and the second's; None unless it is exactly one.
    known
        Which of these words stand in training texts.
    shares
        The probability of each label for each of the two, `[2, label]`.
    """

    changed: tuple[str, str] | None
    known: tuple[str, ...]
    shares: FloatArray

    @property
    def turned(self) -> bool:
        """Whether the two have different answers."""
        first, second = self.shares.argmax(axis=1)
        return bool(first != second)

    @property
    def solved(self) -> bool:
        """Whether one new word turned the answer."""
        return self.changed is not None and not self.known and self.turned


def judge_pair(first: str, second: str, training: Sequence[Example], shares: FloatArray) -> Attempt:
    """Judge two sentences by what the classifier that was trained on some texts says of them, `[2, label]`."""
    seen = {word for example in training for word in _words(example.text)}
    pairs = list(zip(_words(first), _words(second), strict=False))
    different = [pair for pair in pairs if pair[0] != pair[1]]
    is_one = len(different) == 1 and len(_words(first)) == len(_words(second))
    changed = different[0] if is_one else None
    known = tuple(word for word in changed or () if word in seen)
    return Attempt(changed, known, shares)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def predict() -> teaching.Answer:
    """Answer the lesson's question with the embedded model: how far its vectors come without any training."""
    examples = read_shipped("film")
    parts = (examples.training, examples.held_out)
    vectors = [read_untouched(link.MODEL.default, tuple(each.text for each in part)) for part in parts]
    classes = [examples.classes(part) for part in parts]
    found = mark_right(nearest_means(vectors[0], classes[0], vectors[1]), classes[1])
    share, likely = sum(found) / len(found), estimate_interval(found)
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
        trained = session_trainings()
        if not trained:
            st.info(_("There is no classifier yet. Train one above, then check."), icon=":material/model_training:")
            return
        _check(trained[-1], [sanitize(text.strip()).text for text in (first, second)])


def _check(kept: FinishedTraining, pair: Sequence[str]) -> None:
    if not all(pair):
        st.info(_("Write both sentences."), icon=":material/edit:")
        return
    shares = classify(kept, pair)
    if shares is None:
        st.info(
            _("Your trained model was removed to make room for another visitor's. Train again to use it."),
            icon=":material/memory:",
        )
        return
    examples = kept.outcome.task.examples
    attempt = judge_pair(pair[0], pair[1], examples.training, shares)
    teaching.show_verdict(teaching.Verdict(attempt.solved, _evidence(attempt, examples.labels)))


def _evidence(attempt: Attempt, labels: Sequence[str]) -> str:
    answers = [_answer(row, labels) for row in attempt.shares]
    said = _("First: {first}. Second: {second}.").format(first=answers[0], second=answers[1])
    return " ".join([said, *_missing(attempt)])


def _answer(row: FloatArray, labels: Sequence[str]) -> str:
    return f"{escape_markdown(labels[int(row.argmax())])} {row.max():.0%}"


def _missing(attempt: Attempt) -> list[str]:
    if attempt.changed is None:
        return [_("The two sentences must differ in exactly one word.")]
    missing = []
    if attempt.known:
        words = ", ".join(f"“{escape_markdown(word)}”" for word in attempt.known)
        missing.append(_("These words were in the training texts: {words}. Find another word.").format(words=words))
    if not attempt.turned:
        missing.append(_("Both still have the same answer."))
    return missing
