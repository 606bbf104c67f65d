"""What this session trained, the encoders that the process keeps, and what was computed, cached by ids and text."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

import streamlit as st

from components.fine_tuning import training
from components.fine_tuning.examples import Examples
from components.fine_tuning.measures import FloatArray, Head
from components.fine_tuning.outcome import Outcome, Task
from components.fine_tuning.run import Run, head_before, untouched_vectors
from components.models import cached
from components.models.registry import record
from components.models.shape import model_shape
from components.models.store import local_folder
from components.ui.session import checkpoint

if TYPE_CHECKING:
    from transformers import PreTrainedModel

MOST_KEPT: Final = 4
"""Each encoder is a copy of all weights: see docs/measurements.md."""


MOST_OUTCOMES: Final = 5
_MOST_READ: Final = 24
_OUTCOMES: Final = "fine_tuning_outcomes"
Texts = tuple[str, ...]


class Shelf:
    """A bounded store of trained encoders, for the whole process.

    Parameters
    ----------
    most
        How many it holds.
    """

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._most = most
        self._kept: OrderedDict[str, PreTrainedModel] = OrderedDict()
        self._lock = Lock()

    def put(self, key: str, encoder: PreTrainedModel) -> None:
        """Keep an encoder; it replaces one with the same key, and the least recently used one is dropped."""
        encoder.requires_grad_(False)
        for parameter in encoder.parameters():
            parameter.grad = None
        with self._lock:
            self._kept[key] = encoder
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def get(self, key: str) -> PreTrainedModel | None:
        """Return an encoder, or None if it was dropped."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)


SHELF: Final = Shelf()


@dataclass(frozen=True)
class FinishedTraining:
    """One training of this session, whole or stopped.

    Attributes
    ----------
    key
        Key of its encoder in `SHELF`, if the encoder was trained.
    """

    key: str
    outcome: Outcome


@dataclass(frozen=True)
class CurrentTask:
    """The task on the screen, with what this session knows of it.

    Attributes
    ----------
    sentences
        The visitor's own, to be judged before and after.
    training
        The training of exactly this task, if there was one in this session.
    """

    task: Task
    sentences: Texts
    training: FinishedTraining | None

    @property
    def examples(self) -> Examples:
        """What is learned from and tested on."""
        return self.task.examples

    @property
    def outcome(self) -> Outcome | None:
        """What came of the training."""
        return None if self.training is None else self.training.outcome


def session_trainings() -> list[FinishedTraining]:
    """Return the trainings of this session, oldest first."""
    kept: list[FinishedTraining] = st.session_state.setdefault(_OUTCOMES, [])
    return kept


def keep_training(run: Run, among: list[FinishedTraining]) -> None:
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
    kept = FinishedTraining(secrets.token_hex(8), outcome)
    if run.trained_encoder is not None:
        SHELF.put(kept.key, run.trained_encoder)
    others = [other for other in among if other.outcome.task != outcome.task]
    among[:] = [*others, kept][-MOST_OUTCOMES:]


def find_training(task: Task) -> FinishedTraining | None:
    """Return this session's training of a task, if there was one."""
    return next((kept for kept in session_trainings() if kept.outcome.task == task), None)


@st.cache_resource(max_entries=_MOST_READ, show_spinner=False)
def read_untouched(model_id: str, texts: Texts) -> FloatArray:
    """Return the [CLS] vectors of texts before any training, `[text, width]`."""
    return untouched_vectors(cached.encoder(model_id), texts, checkpoint=checkpoint)


def answer_before(current: CurrentTask) -> FloatArray:
    """Return the probabilities of the sentences by the untrained head, `[sentence, label]`."""
    return _head_before(current.task).probabilities(read_untouched(current.task.model_id, current.sentences))


def answer_after(current: CurrentTask) -> FloatArray | None:
    """Return the probabilities of the sentences after the training.

    None if there was no training, or if its encoder was dropped.
    """
    if current.training is None:
        return None
    head = current.training.outcome.after.head
    if current.task.settings.what == "head":
        return head.probabilities(read_untouched(current.task.model_id, current.sentences))
    vectors = _trained(current.training.key, current.task.model_id, current.sentences)
    return None if vectors is None else head.probabilities(vectors)


def classify(kept: FinishedTraining, texts: Sequence[str]) -> FloatArray | None:
    """Return the probabilities of other texts by a training, `[text, label]`; None if its encoder was dropped."""
    task = kept.outcome.task
    return answer_after(CurrentTask(task, tuple(texts), kept))


def _head_before(task: Task) -> Head:
    width = model_shape(local_folder(record(task.model_id))).width
    return head_before(width, len(task.examples.labels), seed=task.settings.seed)


@st.cache_resource(max_entries=_MOST_READ, show_spinner=False)
def _trained(key: str, model_id: str, texts: Texts) -> FloatArray | None:
    encoder = SHELF.get(key)
    if encoder is None:
        return None
    return training.vectors_of(encoder, training.ids_of(cached.tokenizer(model_id), texts), checkpoint=checkpoint)
