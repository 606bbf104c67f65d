"""The few child processes there may be at once, and the line in front of them."""

from __future__ import annotations

import atexit
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final, Self

from components.models.errors import Busy, CorruptFile
from components.models.queue import FairQueue
from components.models.tokenization import require_upload_size
from components.tokenizer import errors
from components.tokenizer.errors import OverLimit, TooManyBrought
from components.tokenizer.isolation import wire
from components.tokenizer.isolation.limits import Limits
from components.tokenizer.isolation.process import Child

CHILDREN: Final = 2
_MOST_WAITING: Final = 16
_MOST_PER_PERSON: Final = 6
_MOST_PER_SESSION: Final = 2  # one, and one that takes its place when a visitor clicks on
_REMEMBERED_S: Final = 300
_MOST_REMEMBERED: Final = 256
REFUSALS: Final = {
    kind.__name__: kind
    for kind in (
        CorruptFile, errors.AnswerTooLarge, errors.CannotEncode, errors.CannotSpell, errors.DecidesAtRandom,
        errors.NothingToLearn, errors.TooManyTokens, errors.WordTooLong,
    )
}  # fmt: skip


@dataclass(frozen=True)
class TokenizerFile:
    """The content of a tokenizer.json, and its SHA-256 as its name."""

    data: bytes
    digest: str

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Return it with its name.

        Raises
        ------
        CorruptFile
            If it is larger than an upload may be.
        """
        require_upload_size(data)
        return cls(data, hashlib.sha256(data).hexdigest())


class Pool:
    """Child processes that answer questions. Any thread may ask.

    A child that has answered is kept for the next question for a short time, with the tokenizer it has read. What went
    over a limit is refused for some minutes without being tried again, however often the page is drawn.
    """

    def __init__(self, limits: Limits | None = None, *, children: int = CHILDREN) -> None:
        self._limits = limits or Limits()
        self._queue = FairQueue(
            seats=children,
            most_waiting=_MOST_WAITING,
            most_per_session=_MOST_PER_SESSION,
            most_per_person=_MOST_PER_PERSON,
        )
        self._lock = Lock()  # held for moments only, never while a child computes
        self._idle: list[Child] = []
        self._working: set[Child] = set()
        self._refused: OrderedDict[bytes, tuple[float, OverLimit]] = OrderedDict()
        atexit.register(self.close)

    def ask(
        self,
        name: str,
        *arguments: object,
        tokenizer: TokenizerFile | None = None,
        session: str,
        checkpoint: Callable[[], None] = lambda: None,
    ) -> Any:  # noqa: ANN401 (what the question returns)
        """Have a child answer one question.

        Parameters
        ----------
        name, arguments
            A method of `Analysis`, or a function of `worker.TRAINING`.
        tokenizer
            What is asked, where the question is for a tokenizer.
        session
            Who asks, for the fair line.
        checkpoint
            Called many times a second. Whatever it raises ends the waiting and the child.

        Raises
        ------
        OverLimit
            If the child needed more than it may, or ended.
        TooManyBrought
            If too many are waiting.
        TokenizerError, CorruptFile
            As the question itself.
        """
        asked = hashlib.sha256(wire.dump((name, arguments, tokenizer and tokenizer.digest))).digest()
        self._refuse_again(asked)
        try:
            with self._queue.place(session) as place:
                for _position in self._queue.wait(place, checkpoint):
                    pass
                answer = self._ask_a_child(name, arguments, tokenizer, checkpoint)
        except Busy as error:
            raise TooManyBrought from error
        except OverLimit as error:
            self._remember(asked, error)
            raise
        kind, *content = answer
        if kind == "refusal":
            error_name, values = content
            raise REFUSALS[error_name](**dict(values))
        return content[0]

    def close(self) -> None:
        """End every child."""
        with self._lock:
            children = [*self._idle, *self._working]
            self._idle.clear()
        for child in children:
            child.end()

    def _ask_a_child(
        self, name: str, arguments: tuple[object, ...], tokenizer: TokenizerFile | None, checkpoint: Callable[[], None]
    ) -> Any:  # noqa: ANN401
        child = self._take(tokenizer)
        try:
            brings = tokenizer is not None and child.digest != tokenizer.digest
            question = wire.dump((name, arguments, brings))
            answer = wire.load(child.ask(question, tokenizer.data if tokenizer and brings else None, checkpoint))
        except BaseException:
            with self._lock:
                self._working.discard(child)
            child.end()
            raise
        if tokenizer is not None:
            child.digest = None if answer[:2] == ("refusal", CorruptFile.__name__) else tokenizer.digest
        with self._lock:
            self._working.discard(child)
            self._idle.append(child)
        return answer

    def _take(self, tokenizer: TokenizerFile | None) -> Child:
        """Return a child that waits, with this tokenizer if there is one; else a new one."""
        with self._lock:
            tired = [child for child in self._idle if not child.answers_soon()]
            self._idle = [child for child in self._idle if child not in tired]
            child = max(self._idle, key=lambda child: child.digest == (tokenizer and tokenizer.digest), default=None)
            if child is not None:
                self._idle.remove(child)
                self._working.add(child)
        for each in tired:
            each.end()
        if child is None:
            child = Child(self._limits)
            with self._lock:
                self._working.add(child)
        return child

    def _refuse_again(self, asked: bytes) -> None:
        with self._lock:
            until_s, error = self._refused.get(asked, (0.0, None))
        if error is not None and time.monotonic() < until_s:
            raise type(error)(**error.values)

    def _remember(self, asked: bytes, error: OverLimit) -> None:
        with self._lock:
            self._refused[asked] = (time.monotonic() + _REMEMBERED_S, error)
            self._refused.move_to_end(asked)
            while len(self._refused) > _MOST_REMEMBERED:
                self._refused.popitem(last=False)
