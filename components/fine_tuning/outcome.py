"""What a training is about and what came of it: numbers only, small enough to be kept by every session."""

from __future__ import annotations

from dataclasses import dataclass

from components.fine_tuning import measures
from components.fine_tuning.examples import Examples
from components.fine_tuning.measures import Baselines, Comparison, FloatArray, Head, Interval, mark_right
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

    @property
    def answers(self) -> tuple[int, ...]:
        """The most probable label of each held-out text."""
        return tuple(self.probabilities.argmax(axis=1).tolist())


@dataclass(frozen=True)
class Verdicts:
    """Which held-out texts are right: after the training, and by what it is compared with."""

    after: tuple[bool, ...]
    before: tuple[bool, ...]
    nearest_mean: tuple[bool, ...]

    @property
    def intervals(self) -> dict[str, Interval]:
        """The interval of each accuracy."""
        named = {"after": self.after, "centroid": self.nearest_mean, "untrained": self.before}
        return {name: measures.estimate_interval(each) for name, each in named.items()}

    @property
    def comparisons(self) -> dict[str, Comparison]:
        """What the training gained and lost, by what it is compared with."""
        return {
            "centroid": measures.compare(self.nearest_mean, self.after),
            "untrained": measures.compare(self.before, self.after),
        }


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
    nearest_means
        The label that the nearest mean gives each held-out text, without any training.
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
    nearest_means: tuple[int, ...]
    threads: int
    seconds: float

    @property
    def verdicts(self) -> Verdicts:
        """Which held-out texts are right."""
        classes = self.task.examples.classes(self.task.examples.held_out)
        answers = (self.after.answers, self.before.answers, self.nearest_means)
        return Verdicts(*(mark_right(each, classes) for each in answers))

    @property
    def steps_done(self) -> int:
        """How many steps were done."""
        return len(self.losses)

    @property
    def was_stopped(self) -> bool:
        """Whether it ended before its end."""
        return self.steps_done < self.steps
