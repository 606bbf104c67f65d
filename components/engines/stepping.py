"""Who computes the next step when several sessions write with one model: one that waits for it.

No thread belongs to a model. A session that needs a token and finds nobody computing computes one step, for itself
and for every other text on the model (one forward pass for all, components.engines.shared_cache), leaves the
others their tokens, and goes on. So a single session computes in its own thread, exactly when it asks: when it stops
asking, nothing is computed any more. With several sessions, one that is stopped is left out of the next step.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition
from typing import TYPE_CHECKING, Final

from components.engines.candidates import measure
from components.engines.decoding import Choice, Decoding
from components.engines.errors import EngineFault
from components.engines.shared_cache import SharedCache, can_share
from components.models.queue import POLL_SECONDS

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel


_PROMPT_TOKENS_A_STEP: Final = 128  # about as many as are read in the time of one shared step


@dataclass(eq=False)
class Writer:
    """One text among those a model is writing. Belongs to the stepper that gave it.

    Attributes
    ----------
    ready
        Choices that its session has not fetched yet.
    fault
        What went wrong in its steps.
    over
        Whether it needs no more steps: it ended, failed, or its session left.
    """

    decoding: Decoding
    ready: deque[Choice] = field(default_factory=deque)
    fault: Exception | None = None
    over: bool = False
    last: int = 0


class Stepper:
    """The texts that one model is writing."""

    def __init__(self, model: PreTrainedModel) -> None:
        self._model = model
        self._turn = Condition()
        self._computing = False
        self._arrived: deque[Writer] = deque()
        # Touched by the session that computes, or with the lock held while none does.
        self._alone: list[Writer] = []
        self._together: list[Writer] = []
        self._cache = SharedCache()

    @contextmanager
    def writing(self, decoding: Decoding) -> Iterator[Writer]:
        """Write a text for the length of a `with` block. Its first forward pass comes with its first token."""
        writer = Writer(decoding)
        with self._turn:
            self._arrived.append(writer)
        try:
            yield writer
        finally:
            writer.over = True
            with self._turn:
                if not self._computing:
                    self._forget()

    def next(self, writer: Writer, checkpoint: Callable[[], None]) -> Choice:
        """Return the writer's next choice, computing it if nobody else does.

        Whatever `checkpoint` raises goes through, before anything more is computed for this writer.

        Raises
        ------
        EngineFault
            If a step of this text failed: out of memory, or sums that are no numbers.
        """
        checkpoint()
        while (choice := self._take(writer)) is None:
            if not self._compute():
                checkpoint()
        return choice

    def _take(self, writer: Writer) -> Choice | None:
        with self._turn:
            if writer.ready:
                return writer.ready.popleft()
            if writer.fault is not None:
                # The words are a library's and may hold anything: only the kind is shown.
                raise EngineFault(engine="transformers", reason=type(writer.fault).__name__) from writer.fault
            if writer.over:
                raise ValueError("this text has ended: its last choice said why")
            return None

    def _compute(self) -> bool:
        """Compute a step if nobody does, else wait a moment; returns whether it was computed here."""
        with self._turn:
            if self._computing:
                self._turn.wait(POLL_SECONDS)
                return False
            self._computing = True
        try:
            self._step()
        finally:
            with self._turn:
                self._computing = False
                self._turn.notify_all()
        return True

    def _step(self) -> None:
        """Compute one token for every text, and read the prompts of those who arrived."""
        import torch

        with torch.inference_mode():
            self._forget()
            self._step_together()
            for writer in self._alone:
                self._step_alone(writer)
            self._admit()

    def _forget(self) -> None:
        self._alone = [writer for writer in self._alone if not writer.over]
        staying = [row for row, writer in enumerate(self._together) if not writer.over]
        self._cache.keep(staying)
        self._together = [self._together[row] for row in staying]

    def _step_together(self) -> None:
        if not self._together:
            return
        writers = self._together
        try:
            logits = self._cache.forward(self._model, [writer.last for writer in writers])
        except Exception as error:  # noqa: BLE001 (each text's own session raises it; this thread may be another's)
            for writer in writers:
                _fail(writer, error)
        else:
            _choose(writers, logits)

    def _step_alone(self, writer: Writer) -> None:
        try:
            logits = writer.decoding.forward()[None]
        except Exception as error:  # noqa: BLE001 (as above)
            _fail(writer, error)
        else:
            _choose([writer], logits)

    def _admit(self) -> None:
        """Read the prompts of those who arrived: as many as do not keep the others waiting for long."""
        read = 0
        while read < _PROMPT_TOKENS_A_STEP and (writer := self._next_arrival()) is not None:
            read += writer.decoding.ids.shape[1]
            self._step_alone(writer)
            if writer.over:
                continue
            if can_share(self._model, writer.decoding.cache):
                self._cache.add(writer.decoding.cache)
                self._together.append(writer)
            else:
                self._alone.append(writer)

    def _next_arrival(self) -> Writer | None:
        with self._turn:
            while self._arrived:
                writer = self._arrived.popleft()
                if not writer.over:
                    return writer
        return None


def _choose(writers: Sequence[Writer], logits: Tensor) -> None:
    logprobs, entropies = measure(logits)
    for row, writer in enumerate(writers):
        try:
            choice = writer.decoding.choose(logits[row], logprobs[row], entropies[row])
        except Exception as error:  # noqa: BLE001 (as above)
            _fail(writer, error)
            continue
        writer.last = choice.id
        writer.over = writer.over or choice.finish is not None
        writer.ready.append(choice)


def _fail(writer: Writer, error: Exception) -> None:
    writer.fault = error
    writer.over = True
