"""What this session trained, and the cached wrappers around the computations. They are keyed on ids and text."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import streamlit as st

from components.fine_tuning import reading, running
from components.fine_tuning.examples import Examples
from components.fine_tuning.keeping import SHELF
from components.fine_tuning.measuring import FloatArray, Head
from components.fine_tuning.outcome import Outcome, Task
from components.models import cached
from components.models.registry import record
from components.models.shape import model_shape
from components.models.store import local_folder
from components.ui.session import checkpoint

MOST_OUTCOMES: Final = 5
_MOST_READ: Final = 24
_OUTCOMES: Final = "fine_tuning_outcomes"

Texts = tuple[str, ...]


@dataclass(frozen=True)
class Kept:
    """One training of this session.

    Attributes
    ----------
    key
        Under which its encoder stands on the shelf, if it was trained.
    """

    key: str
    outcome: Outcome


@dataclass(frozen=True)
class Asked:
    """What the page is about right now.

    Attributes
    ----------
    sentences
        The visitor's own, to be judged before and after.
    kept
        The training of exactly this task, if there was one in this session.
    """

    task: Task
    sentences: Texts
    kept: Kept | None

    @property
    def examples(self) -> Examples:
        """What is learned from and tested on."""
        return self.task.examples

    @property
    def outcome(self) -> Outcome | None:
        """What came of the training."""
        return None if self.kept is None else self.kept.outcome


def outcomes() -> list[Kept]:
    """Return the trainings of this session, oldest first."""
    kept: list[Kept] = st.session_state.setdefault(_OUTCOMES, [])
    return kept


def keep(run: running.Run, among: list[Kept]) -> None:
    """Keep what a training reached; without a single step there is nothing to keep.

    Touches nothing of Streamlit: it is called while a click is on its way to end the run.

    Parameters
    ----------
    among
        The trainings of this session, taken before the run.
    """
    outcome = run.outcome()
    if outcome is None:
        return
    kept = Kept(secrets.token_hex(8), outcome)
    if run.trained_encoder is not None:
        SHELF.put(kept.key, run.trained_encoder)
    others = [other for other in among if other.outcome.task != outcome.task]
    among[:] = [*others, kept][-MOST_OUTCOMES:]


def training_of(task: Task) -> Kept | None:
    """Return this session's training of a task, if there was one."""
    return next((kept for kept in outcomes() if kept.outcome.task == task), None)


@st.cache_resource(max_entries=_MOST_READ, show_spinner=False)
def untouched(model_id: str, texts: Texts) -> FloatArray:
    """Return the [CLS] vectors of texts before any training, `[text, width]`."""
    return running.untouched_vectors(cached.encoder(model_id), texts, checkpoint=checkpoint)


def before(asked: Asked) -> FloatArray:
    """Return the probabilities of the sentences by the head that nobody trained, `[sentence, label]`."""
    return _head_before(asked.task).probabilities(untouched(asked.task.model_id, asked.sentences))


def after(asked: Asked) -> FloatArray | None:
    """Return the probabilities of the sentences after the training.

    None if there was no training, or its encoder had to leave the memory.
    """
    if asked.kept is None:
        return None
    head = asked.kept.outcome.after.head
    if asked.task.settings.what == "head":
        return head.probabilities(untouched(asked.task.model_id, asked.sentences))
    vectors = _trained(asked.kept.key, asked.task.model_id, asked.sentences)
    return None if vectors is None else head.probabilities(vectors)


def classify(kept: Kept, texts: Sequence[str]) -> FloatArray | None:
    """Return the probabilities of other texts by a training, `[text, label]`; None if its encoder had to leave."""
    task = kept.outcome.task
    return after(Asked(task, tuple(texts), kept))


def _head_before(task: Task) -> Head:
    width = model_shape(local_folder(record(task.model_id))).width
    return running.head_before(width, len(task.examples.labels), seed=task.settings.seed)


@st.cache_resource(max_entries=_MOST_READ, show_spinner=False)
def _trained(key: str, model_id: str, texts: Texts) -> FloatArray | None:
    encoder = SHELF.get(key)
    if encoder is None:
        return None
    return reading.vectors_of(encoder, reading.ids_of(cached.tokenizer(model_id), texts), checkpoint=checkpoint)
