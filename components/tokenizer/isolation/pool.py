"""The few child processes there may be at once, as the server sees them, and the queue in front of them."""

from __future__ import annotations

import atexit
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import IO, Any, Final, Self

import psutil  # type: ignore[import-untyped]  # it has no stubs of its own

from components.models.errors import Busy, CorruptFile
from components.models.queue import FairQueue
from components.models.sizes import readable_size
from components.models.tokenization import require_upload_size
from components.tokenizer import errors
from components.tokenizer.errors import (
    AnswerTooLarge,
    OverLimit,
    ProcessEnded,
    TooManyBrought,
    TooMuchMemory,
    TooMuchProcessorTime,
    TooSlow,
)
from components.tokenizer.isolation import wire, worker
from components.tokenizer.isolation.worker import OUT_OF_MEMORY, Limits

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


_ROOT: Final = Path(__file__).resolve().parents[3]
_LOOK_S: Final = 0.03
_SETTINGS: Final = ("PATH", "PYTHONHOME", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG")
"""The variables of the environment that a child gets: no key, no address of a database."""


class Child:
    """A child process. One thread at a time asks it.

    Attributes
    ----------
    digest
        Of the tokenizer that it holds; None before the first.
    last_answer_s
        When it last answered, by the monotonic clock.
    """

    def __init__(self, limits: Limits) -> None:
        self.digest: str | None = None
        self.last_answer_s = time.monotonic()
        self._limits = limits
        environment = {name: os.environ[name] for name in _SETTINGS if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            [sys.executable, "-m", worker.__name__, json.dumps(asdict(limits))],
            cwd=_ROOT,
            env=environment | {"TOKENIZERS_PARALLELISM": "false"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    @property
    def process_id(self) -> int:
        """The number of the process."""
        return self._process.pid

    def answers_soon(self) -> bool:
        """Whether it can be asked once more: it lives, is not about to end, and has not grown."""
        waited_s = time.monotonic() - self.last_answer_s
        if self._process.poll() is not None or waited_s > self._limits.idle_s / 2:
            return False
        with suppress(psutil.Error):
            return bool(psutil.Process(self.process_id).memory_info().rss < self._limits.memory_bytes / 2)
        return False

    def ask(self, question: bytes, tokenizer: bytes | None, checkpoint: Callable[[], None]) -> bytes:
        """Return the answer to a question.

        `checkpoint` is called many times a second; whatever it raises is passed on. After any error the child is in
        no state to be asked again: end it.

        Raises
        ------
        OverLimit
            If the child went over a limit, or ended.
        """
        received: SimpleQueue[bytes | Exception] = SimpleQueue()
        Thread(target=self._exchange, args=(question, tokenizer, received), daemon=True).start()
        started_s = time.monotonic()
        process = psutil.Process(self.process_id)
        computed_s = 0.0
        with suppress(psutil.Error):
            computed_s = _processor_s(process)
        while True:
            with suppress(Empty):
                answer = received.get(timeout=_LOOK_S)
                if isinstance(answer, Exception):
                    raise self._why_it_ended(answer) from answer
                self.last_answer_s = time.monotonic()
                return answer
            checkpoint()
            if time.monotonic() - started_s > self._limits.wall_s:
                raise TooSlow(seconds=f"{self._limits.wall_s:g}")
            with suppress(psutil.Error):  # it has just ended: the next turn hears of it
                if process.memory_info().rss > self._limits.memory_bytes:
                    raise self._too_much_memory()
                if _processor_s(process) - computed_s > self._limits.processor_s + 1:  # where the system has no limit
                    raise self._too_much_processor_time()

    def end(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.wait()
        for pipe in self._pipes:
            with suppress(OSError):
                pipe.close()

    def _exchange(self, question: bytes, tokenizer: bytes | None, received: SimpleQueue[bytes | Exception]) -> None:
        """Send and receive in a thread of its own: a pipe cannot be waited for with a limit of time on every system."""
        questions, answers = self._pipes
        try:
            wire.write(questions, question, *([] if tokenizer is None else [tokenizer]))
            received.put(wire.read(answers, most_bytes=self._limits.answer_bytes))
        except (OSError, EOFError, ValueError) as error:
            received.put(error)

    @property
    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process.stdin is None or self._process.stdout is None:
            raise ValueError("started without pipes")
        return self._process.stdin, self._process.stdout

    def _why_it_ended(self, error: Exception) -> OverLimit:
        if isinstance(error, ValueError):
            return self._too_large()
        code = self._process.wait(timeout=self._limits.wall_s)
        if code in (OUT_OF_MEMORY, -signal.SIGABRT):  # Rust aborts when it gets no memory
            return self._too_much_memory()
        if sys.platform != "win32" and code == -signal.SIGXCPU:
            return self._too_much_processor_time()
        return ProcessEnded(code=code)

    def _too_large(self) -> OverLimit:
        return AnswerTooLarge(most=readable_size(self._limits.answer_bytes))

    def _too_much_memory(self) -> OverLimit:
        return TooMuchMemory(most=readable_size(self._limits.memory_bytes))

    def _too_much_processor_time(self) -> OverLimit:
        return TooMuchProcessorTime(seconds=f"{self._limits.processor_s:g}")


def _processor_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
