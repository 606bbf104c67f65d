"""Text as a plain program makes it: transformers' own pipeline, one for all sessions, a thread a session.

    python -m bench.plain_pipeline MODEL_FOLDER NEW_TOKENS

A process of its own, without anything of the dashboard, which sets up torch for many visitors. Each line of its input
is a number of sessions; the answer is a line with tokens a second over all, and seconds to a session's first token.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.sessions import PROMPTS, Session, Speed, once


class Plain:
    """The process, from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, sessions: int) -> Speed:
        """Let so many sessions write at once."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(sessions, file=self._process.stdin, flush=True)
        tokens, first_s = self._process.stdout.readline().split()
        return Speed(float(tokens), float(first_s))


@contextmanager
def plain_pipeline(folder: Path, tokens: int, *, without: Container[str]) -> Iterator[Plain]:
    """Run the process for as long as a `with` block lasts.

    Parameters
    ----------
    without
        Variables of the environment that the dashboard has set for itself.
    """
    command = [sys.executable, "-m", "bench.plain_pipeline", str(folder), str(tokens)]
    env = {name: value for name, value in os.environ.items() if name not in without}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env) as process:
        yield Plain(process)
        assert process.stdin is not None
        process.stdin.close()


class _Counter:
    """A streamer: it is handed the prompt first, then each token."""

    def __init__(self, session: Session) -> None:
        self._session, self._is_prompt = session, True

    def put(self, _value: object) -> None:
        if not self._is_prompt:
            self._session.count()
        self._is_prompt = False

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

    def write(number: int, session: Session) -> None:
        pipe(PROMPTS[number], streamer=_Counter(session), pad_token_id=0, **settings)

    for line in sys.stdin:
        speed = once(write, int(line))
        print(speed.tokens, speed.first_s, flush=True)


if __name__ == "__main__":
    main()
