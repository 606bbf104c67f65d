"""What a training is about and what came of it: numbers only, small enough to be kept by every session."""

from __future__ import annotations

from dataclasses import dataclass

from components.fine_tuning.examples import Examples
from components.fine_tuning.measuring import Baselines, FloatArray, Head
from components.fine_tuning.training import Settings


@dataclass(frozen=True)
class Task:
    """What is to be trained on what: two equal tasks give the same numbers on the same machine."""

    model_id: str
    examples: Examples
    settings: Settings


@dataclass(frozen=True)
class Measured:
    """How the classifier does on the held-out texts after some steps.

    Attributes
    ----------
    step
        How many steps were done; 0 before training.
    training_loss
        Mean loss in nats of the batches since the last measurement, each taken before its step; None before training.
    loss, accuracy
        On the held-out texts.
    """

    step: int
    training_loss: float | None
    loss: float
    accuracy: float


@dataclass(frozen=True, eq=False)
class Moment:
    """The classifier at one moment.

    Attributes
    ----------
    vectors
        Of [CLS] for each held-out text, `[text, width]`.
    head
        The head's numbers.
    """

    vectors: FloatArray
    head: Head

    @property
    def probabilities(self) -> FloatArray:
        """Of each label for each held-out text, `[text, label]`."""
        return self.head.probabilities(self.vectors)


@dataclass(frozen=True, eq=False)
class Outcome:
    """What came of a training, whether it was stopped or not.

    Attributes
    ----------
    steps
        How many were planned.
    losses
        Of each step done, in nats.
    measured
        Before training, after each epoch, and where it was stopped.
    threads
        CPU threads that torch used: with another number the last digits differ.
    seconds
        From the first step to the end.
    """

    task: Task
    steps: int
    losses: tuple[float, ...]
    measured: tuple[Measured, ...]
    before: Moment
    after: Moment
    baselines: Baselines
    threads: int
    seconds: float

    @property
    def steps_done(self) -> int:
        """How many steps were done."""
        return len(self.losses)

    @property
    def was_stopped(self) -> bool:
        """Whether it ended before its end."""
        return self.steps_done < self.steps
