"""The child: it waits for questions on its standard input and answers on its standard output, within limits.

Started as `python -m components.tokenizer.isolation.worker`, with the limits as JSON. It imports neither Streamlit nor
torch, keeps the last tokenizer it was given, and ends when its input does.

The child sets the limits that the operating system enforces; the parent watches the rest. Linux enforces memory and
processor time, macOS processor time only, and Windows neither: there the parent looks every few hundredths of a second.
Both sides keep the limit of time on the clock, so that a child whose parent was killed ends by itself.
"""

from __future__ import annotations

import faulthandler
import json
import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TextIO

from components.core.errors import VisitorError
from components.models.sizes import readable_size
from components.models.tokenization import SharedTokenizer, load_tokenizer_json
from components.tokenizer.analysis import LocalAnalysis
from components.tokenizer.errors import AnswerTooLarge, convert_errors
from components.tokenizer.isolation import wire
from components.tokenizer.train import learn, try_out

OUT_OF_MEMORY: Final = 71
"""The exit code of a child that got no more memory in Python; in Rust it ends by a signal."""


@dataclass(frozen=True)
class Limits:
    """The limits of one question; memory is that of the whole child.

    Attributes
    ----------
    memory_bytes
        Address space where the system can limit it, resident memory elsewhere.
    processor_s, wall_s
        Seconds of computing, and seconds until the answer has to be there.
    idle_s
        Seconds without a question after which a child ends.
    answer_bytes
        Size of an answer as JSON.
    """

    memory_bytes: int = 1_000_000_000
    processor_s: float = 3
    wall_s: float = 15
    idle_s: float = 60
    answer_bytes: int = 8_000_000


MOST_TOKENS: Final = 100_000
LONGEST_REASON_CHARS: Final = 300
ANALYSIS: Final = frozenset(("spelling", "encode", "measure", "stages", "words", "trace"))
TRAINING: Final[Mapping[str, Callable[..., Any]]] = {"learn": learn, "try_out": try_out}


def main() -> None:
    """Answer until the input ends."""
    limits = Limits(**json.loads(sys.argv[1]))
    questions = sys.stdin.buffer
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 (open as long as the process)
    os.dup2(nowhere.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    confine(limits)
    analysis: LocalAnalysis | None = None
    while True:
        wait_for_a_question(limits, nowhere)
        try:
            name, arguments, brings = wire.load(wire.read(questions))
            tokenizer = wire.read(questions) if brings else None
        except EOFError:
            return
        allow_one_question(limits, nowhere)
        try:
            if tokenizer is not None:
                analysis = None  # the one before leaves the memory first
            answer, analysis = _answer(analysis, tokenizer, name, arguments)
            if len(answer) > limits.answer_bytes:
                answer = wire.dump(_refusal(AnswerTooLarge(most=readable_size(limits.answer_bytes))))
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        del tokenizer
        wire.write(answers, answer)


def _answer(
    analysis: LocalAnalysis | None, tokenizer: bytes | None, name: str, arguments: tuple[Any, ...]
) -> tuple[bytes, LocalAnalysis | None]:
    """Return the answer as it is sent, and the tokenizer for the next question."""
    try:
        with convert_errors():
            if tokenizer is not None:
                analysis = LocalAnalysis(SharedTokenizer(load_tokenizer_json(tokenizer)), MOST_TOKENS)
            asked = getattr(analysis, name) if name in ANALYSIS else TRAINING[name]
            return wire.dump(("answer", asked(*arguments))), analysis
    except VisitorError as error:
        return wire.dump(_refusal(error)), analysis


def _refusal(error: VisitorError) -> tuple[object, ...]:
    values = ((name, each if isinstance(each, int) else _shorten(str(each))) for name, each in error.values.items())
    return "refusal", type(error).__name__, tuple(values)


def _shorten(reason: str) -> str:
    return reason if len(reason) <= LONGEST_REASON_CHARS else reason[:LONGEST_REASON_CHARS] + "…"


def confine(limits: Limits) -> None:
    """Set the limits of this process that hold for its whole life. Called in the child."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _set_soft_limit(resource.RLIMIT_AS, limits.memory_bytes)


def allow_one_question(limits: Limits, nowhere: TextIO) -> None:
    """Give this process the time for one more question. Called in the child.

    Both limits hold while Rust code keeps the interpreter: the kernel ends the process when its processor time is
    over, and `faulthandler` watches the clock in a thread that needs no interpreter.
    """
    faulthandler.dump_traceback_later(2 * limits.wall_s, exit=True, file=nowhere)  # the parent comes first
    if sys.platform != "win32":
        import resource

        _set_soft_limit(resource.RLIMIT_CPU, math.ceil(time.process_time() + limits.processor_s))


def wait_for_a_question(limits: Limits, nowhere: TextIO) -> None:
    """Have this process end if no question comes for long. Called in the child."""
    faulthandler.dump_traceback_later(limits.idle_s, exit=True, file=nowhere)


if sys.platform != "win32":

    def _set_soft_limit(kind: int, value: int) -> None:
        import resource

        _soft, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (value if hard == resource.RLIM_INFINITY else min(value, hard), hard))


if __name__ == "__main__":
    main()
