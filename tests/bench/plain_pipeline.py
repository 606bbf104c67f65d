"""Text as a plain program makes it: transformers' own pipeline, one for all sessions, a thread a session.

    python -m tests.bench.plain_pipeline MODEL_FOLDER NEW_TOKENS

A process of its own, without anything of the dashboard, which sets up torch for many visitors. Each line of its input
is a number of sessions; the answer is a line with tokens a second over all, and seconds to a session's first token.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PROMPTS: Final = (
    "Once upon a time", "The movie was", "Star Trek: The", "I read a good novel.",
    "The scientist looked at", "A recipe for bread:", "Dear friend,", "In the garden there was",
)  # fmt: skip


class Plain:
    """The process, from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, sessions: int) -> tuple[float, float]:
        """Let so many sessions write at once; return tokens a second over all, and seconds to a first token."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(sessions, file=self._process.stdin, flush=True)
        tokens, first_s = self._process.stdout.readline().split()
        return float(tokens), float(first_s)


@contextmanager
def plain_pipeline(folder: Path, tokens: int) -> Iterator[Plain]:
    """Run the process for as long as a `with` block lasts."""
    command = [sys.executable, "-m", "tests.bench.plain_pipeline", str(folder), str(tokens)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Plain(process)
        assert process.stdin is not None
        process.stdin.close()


class _Counter:
    """A streamer: it is handed the prompt first, then each token."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.first_s: float | None = None
        self.tokens = -1

    def put(self, _value: object) -> None:
        self.tokens += 1
        if self.tokens == 1:
            self.first_s = time.perf_counter() - self.started

    def end(self) -> None:
        pass


def main() -> None:
    """Answer until the input ends."""
    import transformers

    folder, tokens = sys.argv[1], int(sys.argv[2])
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype="float32")
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    pipe = transformers.pipeline("text-generation", model=model, tokenizer=tokenizer)
    settings = {"do_sample": True, "temperature": 0.8, "top_p": 0.95, "top_k": 0, "max_new_tokens": tokens}

    def write(prompt: str, counter: _Counter) -> None:
        pipe(prompt, streamer=counter, pad_token_id=0, **settings)

    for line in sys.stdin:
        counters = [_Counter() for _ in range(int(line))]
        threads = [threading.Thread(target=write, args=pair) for pair in zip(PROMPTS, counters, strict=False)]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took_s = time.perf_counter() - started
        firsts = [counter.first_s for counter in counters if counter.first_s is not None]
        print(sum(counter.tokens for counter in counters) / took_s, statistics.median(firsts), flush=True)


if __name__ == "__main__":
    main()
