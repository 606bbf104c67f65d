"""How fast text is generated for one session and for eight at once, against the plain way and against no engine at all.

    python -m bench.generation                        # the embedded model
    python -m bench.generation --model smollm2-135m --write docs/measurements.md

The second takes about five minutes on two cores. Goals, for SmolLM2-135M there: llama.cpp at least 8 times `pipeline`
for one session and 12 times for eight, and at least 0.95 times its own server. A model that is not here is fetched
first: set DASHBOARD_DOWNLOADS=true, and DASHBOARD_CACHE_FOLDER to where it is kept.

    pipeline      transformers' own, a thread a session, in a process of its own (`bench.plain_pipeline`)
    transformers  this dashboard's engine, with everything it tells about each token
    llama.cpp     this dashboard's engine, with the likeliest candidates as the page asks for them, and with text alone
    direct        the same requests handed to llama.cpp's server by hand, in a thread a session

All write the same number of tokens after the same prompts with the same settings, and take turns, so that a busy
moment of the machine hits all alike. Threads that wait for each other lose most of their time on a machine that others
use too: run it on a quiet one. The load average stands with the figures.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from bench import report
from bench.plain_pipeline import plain_pipeline
from bench.sessions import PROMPTS, Session, Speed, Way, once
from components.engines.contract import Engine, Request, Token, Usage
from components.engines.llama_cpp import Chunk, CompletionServer, LlamaCppEngine, open_llama_cpp
from components.engines.table import engine_spec
from components.engines.transformers_engine import open_transformers
from components.models import loaders, store
from components.models.loaders import LoadedModel
from components.models.registry import record
from components.models.runtime import WAITING
from components.models.tokenization import SharedTokenizer, load_tokenizer

SESSIONS: Final = (1, 8)
REQUEST: Final = Request(temperature=0.8, top_p=0.95)
GOALS: Final = {1: 8.0, 8: 12.0}
DIRECT_GOAL: Final = 0.95
PIPELINE: Final = "pipeline"


def main() -> None:
    """Measure and print."""
    options = _options()
    found = report.Report(
        f"Generation, {options.model}",
        note=f"Medians of {options.rounds} rounds, {options.tokens} new tokens a session, {options.threads} threads.",
    )
    loaded, llama = opened(options.model, options.threads)
    with plain_pipeline(store.local_folder(loaded.record), options.tokens, without=WAITING) as plain:
        ways = {PIPELINE: plain, **dict(_ways(loaded, llama, options.tokens))}
        speeds = measured(ways, options.rounds)
    found.row("", "sessions", "tokens/s", "first token, ms", "× pipeline", "× direct")
    for (name, sessions), speed in speeds.items():
        direct = speeds.get((f"{name}, direct", sessions))
        found.row(
            name,
            sessions,
            f"{speed.tokens:.1f}",
            f"{1000 * speed.first_s:.0f}",
            f"{speed.tokens / speeds[PIPELINE, sessions].tokens:.1f}",
            "" if direct is None else f"{speed.tokens / direct.tokens:.2f}",
        )
    for sentence in _against_goals(speeds):
        found.remark(sentence)
    found.publish(options.write)


def measured(
    ways: Mapping[str, Callable[[int], Speed]], rounds: int, *, at_once: Sequence[int] = SESSIONS
) -> dict[tuple[str, int], Speed]:
    """Return the medians of each way and number of sessions, the ways taking turns.

    Parameters
    ----------
    ways
        By name what lets so many sessions write at once; of the ways of this process `partial(once, way)`.
    at_once
        The numbers of sessions.
    """
    taken: dict[tuple[str, int], list[Speed]] = {(name, sessions): [] for name in ways for sessions in at_once}
    for way in ways.values():
        way(1)  # the first run of a process is slower
    for number in range(rounds):
        turns = list(taken)
        random.Random(number).shuffle(turns)  # who always came after the same way would always find its caches
        for name, sessions in turns:
            taken[name, sessions].append(ways[name](sessions))
    return {key: _median(speeds) for key, speeds in taken.items()}


def direct(engine: LlamaCppEngine, request: Request, server: CompletionServer) -> Way:
    """Return the way without an engine: exactly its requests, handed to a server of llama.cpp."""

    def write(number: int, session: Session) -> None:
        def receive(chunk: Chunk) -> bool:
            if chunk["choices"][0]["finish_reason"]:
                session.tokens = chunk["usage"]["completion_tokens"]
            else:
                session.count()
            return False

        server.handle_completions(engine.completion(_wish(request, number)), receive)

    return write


def read_prompts(way: Way) -> None:
    """Let llama.cpp read every prompt once: it keeps them, and whichever way came first would find it slower."""
    for number in range(max(SESSIONS)):
        way(number, Session())


def through(engine: Engine, request: Request) -> Way:
    """Return the way through an engine of the dashboard."""

    def write(number: int, session: Session) -> None:
        for event in engine.stream(_wish(request, number), lambda: None, session=str(number)):
            if isinstance(event, Token):
                session.count()
            elif isinstance(event, Usage) and event.output_tokens is not None:
                session.tokens = event.output_tokens  # of a character of several tokens only the last one is an event

    return write


def opened(model_id: str, threads: int) -> tuple[LoadedModel, LlamaCppEngine | None]:
    """Return a model for transformers and, where it can run, for llama.cpp; fetched first if it is not here."""
    model = record(model_id)
    folder = store.fetch(model, report=lambda _progress: None, checkpoint=lambda: None)
    tokenizer = SharedTokenizer(load_tokenizer(folder))
    loaded = loaders.load_causal_lm(model, folder, tokenizer=tokenizer)
    if engine_spec("llama.cpp").why_not(model) is not None:
        return loaded, None
    return loaded, open_llama_cpp(model, tokenizer, threads=threads)


def _ways(
    loaded: LoadedModel, llama: LlamaCppEngine | None, tokens: int
) -> Iterator[tuple[str, Callable[[int], Speed]]]:
    asked = replace(REQUEST, max_new_tokens=tokens)
    yield "transformers", partial(once, through(open_transformers(loaded), asked))
    if llama is not None:
        read_prompts(direct(llama, replace(asked, max_new_tokens=1), llama._server))
        for name, request in {"llama.cpp": asked, "llama.cpp, text only": replace(asked, candidates=0)}.items():
            yield name, partial(once, through(llama, request))
            yield f"{name}, direct", partial(once, direct(llama, request, llama._server))


def _wish(request: Request, number: int) -> Request:
    return replace(request, prompt=PROMPTS[number], seed=number)


def _median(speeds: list[Speed]) -> Speed:
    return Speed(statistics.median(each.tokens for each in speeds), statistics.median(each.first_s for each in speeds))


def _against_goals(speeds: dict[tuple[str, int], Speed]) -> Iterator[str]:
    """Say for each goal what was reached: as the page asks, and with text alone, which is all that `pipeline` gives."""
    for name in ("llama.cpp", "llama.cpp, text only"):
        for sessions, goal in GOALS.items():
            if (name, sessions) not in speeds:
                return
            ours = speeds[name, sessions].tokens
            plain, bare = speeds[PIPELINE, sessions].tokens, speeds[f"{name}, direct", sessions].tokens
            yield (
                f"{name}, {sessions} at once: {ours / plain:.1f} times `pipeline` (goal {goal:.0f}), "
                f"{ours / bare:.2f} times its own server (goal {DIRECT_GOAL})."
            )


def _options() -> argparse.Namespace:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser = report.arguments(__doc__)
    parser.add_argument("--model", default="classroom-gpt2", help="a model of the registry")
    parser.add_argument("--tokens", type=int, default=64, help="new tokens a session")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=cores, help="of llama.cpp")
    return parser.parse_args()


if __name__ == "__main__":
    main()
