"""One child process as the server sees it: started, asked one question at a time, ended when it is over a limit."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, Final

import psutil  # type: ignore[import-untyped]  # it has no stubs of its own

from components.models.sizes import readable_size
from components.tokenizer.errors import (
    AnswerTooLarge,
    OverLimit,
    ProcessEnded,
    TooMuchMemory,
    TooMuchProcessorTime,
    TooSlow,
)
from components.tokenizer.isolation import wire, worker
from components.tokenizer.isolation.limits import OUT_OF_MEMORY, Limits

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
