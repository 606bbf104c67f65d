"""What the lesson asks, answered by the model and by short trainings; its exercise is a word that turns the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import streamlit as st

from components.core.i18n import _
from components.core.text import escape_markdown, quote, sanitize
from components.fine_tuning import link
from components.fine_tuning.examples import Example, read_shipped, some_of
from components.fine_tuning.figures import format_p_value
from components.fine_tuning.lesson_examples import lesson_examples
from components.fine_tuning.measures import FloatArray, estimate_interval, mark_right, nearest_means
from components.fine_tuning.outcome import Outcome, Task
from components.fine_tuning.run import Run
from components.fine_tuning.state import classify, find_training, read_untouched
from components.fine_tuning.training import USUAL_RATE, Settings
from components.fine_tuning.views.controls import read_task
from components.models import cached
from components.models.registry import record
from components.ui.guide.page import Answer, Check, Verdict
from components.ui.session import checkpoint, session

_WORD: Final = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_HANGUL: Final = re.compile("[가-힣]{2}")
_FINAL_CONSONANTS: Final = 28
_MOST_CHARS: Final = 200
_OF_FACTS: Final = (1.0, 0.5, 0.0)
"""What the answers "all", "half" and "none" mean, in the order of the lesson."""
_HEAD_LABELS: Final = 2
_ALL_OF_THEM: Final = 2
"""Which answer of the lesson is the whole encoder and the head."""
_SEEDS: Final = 20
_FEW: Final = 12
_EPOCHS: Final = 20
_WAYS_TO_DIVIDE: Final = 200
_SAME: Final = 0.02
"""A smaller change of accuracy is called none."""


@dataclass(frozen=True, eq=False)
class Attempt:
    """Two sentences, judged.

    Attributes
    ----------
    changed
        The words in which they differ, the first sentence's and the second's; None unless it is exactly one.
    known
        The words of training texts that these are forms of.
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
    seen = {_beginning(word): word for example in training for word in _words(example.text)}
    pairs = list(zip(_words(first), _words(second), strict=False))
    different = [pair for pair in pairs if pair[0] != pair[1]]
    is_one = len(different) == 1 and len(_words(first)) == len(_words(second))
    changed = different[0] if is_one else None
    known = tuple(seen[_beginning(word)] for word in changed or () if _beginning(word) in seen)
    return Attempt(changed, known, shares)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _beginning(word: str) -> str:
    """Return what the forms of a Korean word share, any other word as it is.

    It is the first two syllables, the second without its final consonant: 좋아 of 좋아요 and 좋았어요.
    """
    if not _HANGUL.match(word):
        return word
    syllable = ord(word[1]) - ord("가")
    return word[0] + chr(ord("가") + syllable - syllable % _FINAL_CONSONANTS)


def judge_attempt() -> Verdict | None:
    """Let the student turn the answer of the trained classifier with one new word."""
    left, right = st.columns(2)
    first = left.text_input(_("A review"), max_chars=_MOST_CHARS, key="fine_tuning_first")
    second = right.text_input(_("The same with one other word"), max_chars=_MOST_CHARS, key="fine_tuning_second")
    pair = [sanitize(text.strip()).text for text in (first, second)]
    if not all(pair):
        return None
    kept = find_training(_task())
    if kept is None:
        st.info(_("There is no classifier yet. Train one below, then check."), icon=":material/model_training:")
        return None
    shares = classify(kept, pair)
    if shares is None:
        st.info(
            _("Your trained model was removed to make room for another visitor's. Train again to use it."),
            icon=":material/memory:",
        )
        return None
    examples = kept.outcome.task.examples
    attempt = judge_pair(pair[0], pair[1], examples.training, shares)
    return Verdict(attempt.solved, _evidence(attempt, examples.labels))


def _task() -> Task:
    return read_task(record(st.session_state[link.MODEL.name]))


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
        words = ", ".join(quote(escape_markdown(word)) for word in attempt.known)
        missing.append(_("These words were in the training texts: {words}. Find another word.").format(words=words))
    if not attempt.turned:
        missing.append(_("Both still have the same answer."))
    return missing


def _nearest_mean() -> Answer:
    """Measure how far the vectors of the lesson's model come without any training."""
    examples = read_shipped(lesson_examples().data)
    parts = (examples.training, examples.held_out)
    vectors = [_read(part) for part in parts]
    classes = [examples.classes(part) for part in parts]
    found = mark_right(nearest_means(vectors[0], classes[0], vectors[1]), classes[1])
    share, likely = sum(found) / len(found), estimate_interval(found)
    nearest = min(lesson_examples().shares, key=lambda percent: abs(percent - 100 * share))
    text = _("Measured just now: {right:.1%} of {count} held-out reviews (95% interval {low:.0%} to {high:.0%}).")
    return Answer(f"{nearest}%", text.format(right=share, count=len(found), low=likely.low, high=likely.high))


def _chance() -> Answer:
    """Compare the head on the screen with no training at all, text by text."""
    task = _task()
    found = find_training(task)
    outcome = _train_head(task) if found is None else found.outcome
    against = outcome.verdicts.comparisons["centroid"]
    said = _("Counted just now: {gained} texts gained, {lost} lost, p = {p}.")
    said = said.format(gained=against.gained, lost=against.lost, p=format_p_value(against.p))
    better, possible, worse = 0, 1, 2
    sure = better if against.gained > against.lost else worse
    return Answer(sure if against.is_sure else possible, said)


def _parameters() -> Answer:
    """Count what a training of everything may change."""
    encoder = cached.encoder(lesson_examples().model).model
    counts = {part: 0 for part in ("table", "attention", "mlp")}
    for name, weights in encoder.named_parameters():
        inside = "attention" if ".attention." in name else "mlp"
        counts["table" if name.startswith("embeddings.") else inside] += weights.numel()
    head = _HEAD_LABELS * (encoder.config.hidden_size + 1)
    said = _(
        "Counted just now: {table:,} in the embeddings, {attention:,} in attention, {mlp:,} in the MLPs, {head:,} in "
        "the head."
    )
    return Answer(_ALL_OF_THEM, said.format(head=head, **counts))


def _best_of_many() -> Answer:
    """Choose the best of many trainings by one half of the held-out texts, and test it on the other half."""
    rights = np.stack([each.verdicts.after for each in _train_with_seeds()]).astype(float)
    chance, half = np.random.default_rng(0), rights.shape[1] // 2
    pairs = []
    for _way in range(_WAYS_TO_DIVIDE):
        places = chance.permutation(rights.shape[1])
        choosing, other = rights[:, places[:half]].mean(axis=1), rights[:, places[half:]].mean(axis=1)
        best = int(choosing.argmax())
        pairs.append((choosing[best], other[best]))
    chosen_by, afterwards = np.mean(pairs, axis=0)
    said = _(
        "Computed just now with {tries} seeds: the best one has {before:.0%} of the half that chose it right, and "
        "{after:.0%} of the other half (means of {ways} ways to divide them)."
    )
    said = said.format(tries=_SEEDS, before=chosen_by, after=afterwards, ways=_WAYS_TO_DIVIDE)
    same, worse, better = 0, 1, 2
    change = afterwards - chosen_by
    return Answer(same if abs(change) < _SAME else worse if change < 0 else better, said)


def _train_with_seeds() -> list[Outcome]:
    asked = lesson_examples()
    whole = read_shipped(asked.data)
    vectors = dict(zip(whole.training, _read(whole.training), strict=True))
    held_out = _read(whole.held_out)
    settings = Settings(what="head", epochs=_EPOCHS, rate=USUAL_RATE["head"], seed=0)
    outcomes = []
    for seed in range(_SEEDS):
        few = some_of(whole, _FEW, seed=seed)
        task = Task(asked.model, few, replace(settings, seed=seed))
        outcomes.append(_run(task, (np.stack([vectors[each] for each in few.training]), held_out)))
    return outcomes


def _read(part: Sequence[Example]) -> FloatArray:
    return read_untouched(lesson_examples().model, tuple(each.text for each in part))


def _train_head(task: Task) -> Outcome:
    head = replace(task, settings=replace(task.settings, what="head"))
    texts = [tuple(each.text for each in part) for part in (head.examples.training, head.examples.held_out)]
    return _run(head, (read_untouched(task.model_id, texts[0]), read_untouched(task.model_id, texts[1])))


def _run(task: Task, vectors: tuple[FloatArray, FloatArray]) -> Outcome:
    run = Run(cached.encoder(task.model_id), task, vectors)
    for _event in run.go(checkpoint, session=session()):
        pass
    outcome = run.outcome()
    if outcome is None:
        raise RuntimeError("a training that ran to its end has an outcome")
    return outcome


def _unseen_facts() -> Answer:
    """Count the held-out facts that the head on the screen gets right."""
    task = _task()
    found = find_training(task)
    outcome = _train_head(task) if found is None else found.outcome
    right, count = sum(outcome.verdicts.after), len(outcome.verdicts.after)
    nearest = min(range(3), key=lambda index: abs(right / count - _OF_FACTS[index]))
    said = _("Counted just now: {right} of {count} held-out sentences.").format(right=right, count=count)
    return Answer(nearest, said)


CHECKS: Final[dict[str, Check]] = {
    "nearest_mean": _nearest_mean,
    "chance": _chance,
    "parameters": _parameters,
    "best_of_many": _best_of_many,
    "unseen_facts": _unseen_facts,
}
