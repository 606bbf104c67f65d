"""One training from its place in line to its outcome. The model that every session shares is never changed.

A training computes in the thread that reads its events, one step for each event. When nobody reads them any more
(stopped, another page, a closed tab), nothing is computed. One training at a time runs in this process: two would take
twice the memory and each twice the time.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from components.core.settings import settings
from components.fine_tuning import measures
from components.fine_tuning.measures import Baselines, FloatArray, Head
from components.fine_tuning.outcome import Measured, Moment, Outcome, Task
from components.fine_tuning.training import Step, TrainableHead, cls_of, ids_of, train, vectors_of
from components.models import memory
from components.models.errors import NotEnoughMemory
from components.models.loaders import LoadedModel
from components.models.queue import FairQueue
from components.models.sizes import readable_size

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from components.models.loaders import LoadedModel

QUEUE: Final = FairQueue(seats=1, most_per_session=1)

_COPIES_IN_MEMORY: Final = 4  # the weights, their gradients, and AdamW's two running means


@dataclass(frozen=True)
class Waiting:
    """Someone else is training. `position` 1 is next."""

    position: int


Event = Waiting | Step | Measured


class Run:
    """One training, going on or ended.

    Parameters
    ----------
    loaded
        The encoder that every session shares.
    untouched
        Its [CLS] vectors `[text, width]` of the training texts and of the held-out ones.
    """

    def __init__(self, loaded: LoadedModel, task: Task, untouched: tuple[FloatArray, FloatArray]) -> None:
        self.task = task
        self._loaded = loaded
        self._training_vectors, self._held_out_vectors = untouched
        self._classes = task.examples.classes(task.examples.training)
        self._held_out_classes = task.examples.classes(task.examples.held_out)
        self._held_out_ids = ids_of(loaded.tokenizer, [each.text for each in task.examples.held_out])
        self._head = TrainableHead(self._training_vectors.shape[1], len(task.examples.labels), seed=task.settings.seed)
        self._before = Moment(self._held_out_vectors, self._head.as_it_is())
        self._copy: PreTrainedModel | None = None
        self._losses: list[float] = []
        self._latest = self._before
        self._measured = [self._measure(self._before)]
        self._started_s = 0.0

    def go(self, checkpoint: Callable[[], None], *, session: str) -> Generator[Event, None, None]:
        """Wait in line, then train.

        Parameters
        ----------
        checkpoint
            Called before every step and every batch; whatever it raises ends the training there.
        session
            Whose training it is.

        Raises
        ------
        QueueFull, TooManyRuns
            If too many wait already, or this session trains already.
        NotEnoughMemory
            If a copy of the model to train would not fit.
        """
        with QUEUE.place(session) as place:
            for position in QUEUE.wait(place, checkpoint):
                yield Waiting(position)
            yield from self._train(checkpoint)

    def outcome(self) -> Outcome | None:
        """Return what was reached, at the end or where the training was stopped; None if it never took a step."""
        import torch

        if not self._losses:
            return None
        if self._measured[-1].step < len(self._losses):
            self._take_stock(lambda: None)
        nearest = measures.nearest_means(self._training_vectors, self._classes, self._held_out_vectors)
        return Outcome(
            task=self.task,
            steps=self.task.settings.steps(len(self._classes)),
            losses=tuple(self._losses),
            measured=tuple(self._measured),
            before=self._before,
            after=self._latest,
            baselines=self._baselines(nearest),
            nearest_means=nearest,
            threads=torch.get_num_threads(),
            seconds=time.monotonic() - self._started_s,
        )

    @property
    def trained_encoder(self) -> PreTrainedModel | None:
        """The copy that was trained; None if the encoder stayed as it is."""
        return self._copy

    def _train(self, checkpoint: Callable[[], None]) -> Iterator[Event]:
        self._started_s = time.monotonic()
        for step in train(self._head, self._parameters(), self._features(), self._classes, self.task.settings):
            self._losses.append(step.loss)
            yield step
            checkpoint()
            if step.ends_epoch:
                self._take_stock(checkpoint)
                yield self._measured[-1]

    def _parameters(self) -> Sequence[torch.Tensor]:
        """Copy the encoder if it is to be trained, and return what there is to train in it."""
        if self.task.settings.what == "head":
            return ()
        self._copy = trainable_copy(self._loaded.model, model_id=self.task.model_id)
        return list(self._copy.parameters())

    def _features(self) -> Callable[[Sequence[int]], torch.Tensor]:
        import torch

        trained = self._copy
        if trained is None:  # the vectors of an encoder that does not change are read once
            vectors = torch.from_numpy(self._training_vectors)
            return lambda places: vectors[list(places)]
        ids = ids_of(self._loaded.tokenizer, [each.text for each in self.task.examples.training])
        return lambda places: cls_of(trained, [ids[place] for place in places])

    def _take_stock(self, checkpoint: Callable[[], None]) -> None:
        vectors = self._held_out_vectors
        if self._copy is not None:
            vectors = vectors_of(self._copy, self._held_out_ids, checkpoint=checkpoint)
        self._latest = Moment(vectors, self._head.as_it_is())
        self._measured.append(self._measure(self._latest))

    def _measure(self, moment: Moment) -> Measured:
        done = len(self._losses)
        since = self._measured[-1].step if done else 0
        return Measured(
            step=done,
            training_loss=float(np.mean(self._losses[since:])) if done else None,
            loss=measures.loss_nats(moment.probabilities, self._held_out_classes),
            accuracy=measures.accuracy(moment.probabilities, self._held_out_classes),
        )

    def _baselines(self, nearest: Sequence[int]) -> Baselines:
        return Baselines(
            majority=measures.majority(self._classes, self._held_out_classes),
            centroid=float(np.mean(measures.mark_right(nearest, self._held_out_classes))),
            untrained=measures.accuracy(self._before.probabilities, self._held_out_classes),
        )


def trainable_copy(encoder: PreTrainedModel, *, model_id: str) -> PreTrainedModel:
    """Return a copy of an encoder with weights of its own, on the CPU, ready to be trained.

    On the CPU, because there the same numbers come out each time.

    Raises
    ------
    NotEnoughMemory
        If the copy and what its training takes would not fit.
    """
    import torch

    cpu = torch.device("cpu")
    needed = _COPIES_IN_MEMORY * sum(each.numel() * each.element_size() for each in encoder.parameters())
    allowed = int(settings().memory_share * memory.free_bytes(cpu))
    if needed > allowed:
        raise NotEnoughMemory(model=model_id, needed=readable_size(needed), free=readable_size(allowed))
    return copy.deepcopy(encoder).to(cpu).requires_grad_(True)


def untouched_vectors(
    loaded: LoadedModel, texts: Sequence[str], *, checkpoint: Callable[[], None] = lambda: None
) -> FloatArray:
    """Return the [CLS] vectors `[text, width]` of texts before any training."""
    return vectors_of(loaded.model, ids_of(loaded.tokenizer, texts), checkpoint=checkpoint)


def head_before(width: int, labels: int, *, seed: int) -> Head:
    """Return the head as a training with this seed would start."""
    return TrainableHead(width, labels, seed=seed).as_it_is()
