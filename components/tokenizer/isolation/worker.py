"""The child: it waits for questions on its standard input and answers on its standard output.

Started as `python -m components.tokenizer.isolation.worker`, with the limits as JSON. It imports neither Streamlit nor
torch, keeps the last tokenizer it was given, and ends when its input does.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from components.core.errors import VisitorError
from components.models.sizes import readable_size
from components.models.tokenization import SharedTokenizer, load_tokenizer_json
from components.tokenizer.analysis import LocalAnalysis
from components.tokenizer.errors import AnswerTooLarge, failing_visibly
from components.tokenizer.isolation import wire
from components.tokenizer.isolation.limits import (
    OUT_OF_MEMORY,
    Limits,
    allow_one_question,
    confine,
    wait_for_a_question,
)
from components.tokenizer.train import learn, try_out

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
        with failing_visibly():
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


if __name__ == "__main__":
    main()
