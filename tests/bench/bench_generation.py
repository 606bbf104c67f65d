"""How fast text is generated for one session and for eight at once, against the plain way.

    python -m tests.bench.bench_generation                      # the embedded model
    python -m tests.bench.bench_generation --model smollm2-135m # with llama.cpp, where it is installed

Rows: `pipeline` is transformers' own text-generation pipeline, shared by a thread a session; `transformers` and
`llama.cpp` are this dashboard's engines with everything they tell about each token; `direct` is llama.cpp's server
called without an engine, with candidates as the engine asks for them and without. Run it on a quiet machine: the load
average is printed with the figures. A model that is not here is fetched by the dashboard; point
DASHBOARD_CACHE_FOLDER at its cache and set DASHBOARD_DOWNLOADS=true.
"""

from __future__ import annotations

import argparse
import datetime
import importlib.util
import os
import platform
import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from components.generation.engines.contract import Request, Token
from components.generation.engines.llama_cpp import LlamaCppEngine
from components.generation.engines.local import engines_for, open_llama_cpp, open_transformers
from components.models import loaders
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer

PROMPTS = (
    "Once upon a time", "The movie was", "Star Trek: The", "I read a good novel.",
    "The scientist looked at", "A recipe for bread:", "Dear friend,", "In the garden there was",
)  # fmt: skip
SESSIONS = (1, 8)


@dataclass
class Session:
    """One visitor's run."""

    started: float = field(default_factory=time.perf_counter)
    first: float | None = None
    tokens: int = 0

    def count(self, tokens: int = 1) -> None:
        """Note that tokens have come."""
        if self.first is None:
            self.first = time.perf_counter() - self.started
        self.tokens += tokens


Way = Callable[[int, Session], None]
"""Writes the text of the n-th prompt and notes each token."""


def main() -> None:
    """Measure and print."""
    options = _options()
    model = record(options.model)
    folder = local_folder(model)
    tokenizer = SharedTokenizer(load_tokenizer(folder))
    loaded = loaders.load_causal_lm(model, folder, tokenizer=tokenizer)
    request = Request(temperature=0.8, top_p=0.95, max_new_tokens=options.tokens)
    ways = {
        "pipeline, a thread a session": _pipeline(loaded, folder, options.tokens),
        "transformers": _engine(open_transformers(loaded), request),
    }
    if engines_for(model)["llama.cpp"] is None:
        llama = open_llama_cpp(model, tokenizer, threads=options.threads)
        ways |= {
            "llama.cpp": _engine(llama, request),
            "llama.cpp, direct": _direct(llama, options.tokens, logprobs=request.candidates),
            "llama.cpp, direct, text only": _direct(llama, options.tokens),
        }
    print(_machine(options))
    print(f"{'':30} {'sessions':>8} {'tokens/s':>9} {'first token':>12}  (median of {options.rounds} rounds)")
    for name, way in ways.items():
        way(0, Session())  # the first run of a process is slower
        for sessions in SESSIONS:
            speeds, firsts = zip(*(_round(way, sessions) for _ in range(options.rounds)), strict=True)
            speed, first = statistics.median(speeds), statistics.median(firsts)
            print(f"{name:30} {sessions:8} {speed:9.1f} {1000 * first:9.0f} ms", flush=True)


def _round(way: Way, sessions: int) -> tuple[float, float]:
    """Return tokens per second over all sessions, and the median time to a session's first token in seconds."""
    running = [Session() for _ in range(sessions)]
    start = time.perf_counter()
    threads = [threading.Thread(target=way, args=(number, session)) for number, session in enumerate(running)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total = sum(session.tokens for session in running)
    return total / (time.perf_counter() - start), statistics.median(session.first or 0.0 for session in running)


def _engine(engine, request: Request) -> Way:
    from dataclasses import replace

    def write(number: int, session: Session) -> None:
        wish = replace(request, prompt=PROMPTS[number], seed=number)
        for event in engine.stream(wish, lambda: None, session=str(number)):
            if isinstance(event, Token):
                session.count()

    return write


def _pipeline(loaded, folder: Path, tokens: int) -> Way:
    import transformers

    pipe = transformers.pipeline(
        "text-generation", model=loaded.model, tokenizer=transformers.AutoTokenizer.from_pretrained(folder)
    )

    class Counter:
        """A streamer: it is handed the prompt first, then each token."""

        def __init__(self, session: Session) -> None:
            self.session, self.prompt = session, True

        def put(self, value) -> None:
            if not self.prompt:
                self.session.count()
            self.prompt = False

        def end(self) -> None:
            pass

    def write(number: int, session: Session) -> None:
        settings = {"do_sample": True, "temperature": 0.8, "top_p": 0.95, "top_k": 0, "max_new_tokens": tokens}
        pipe(PROMPTS[number], streamer=Counter(session), pad_token_id=0, **settings)

    return write


def _direct(engine: LlamaCppEngine, tokens: int, **options: int) -> Way:
    server = engine._server

    def write(number: int, session: Session) -> None:
        def receive(chunk) -> bool:
            if chunk["choices"][0]["finish_reason"]:
                session.tokens = chunk["usage"]["completion_tokens"]
            else:
                session.count()
            return False

        settings = {"temperature": 0.8, "top_p": 0.95, "top_k": 0, "min_p": 0.0, "seed": number, "max_tokens": tokens}
        server.handle_completions({"prompt": PROMPTS[number], "stream": True, **settings, **options}, receive)

    return write


def _options() -> argparse.Namespace:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="classroom-gpt2", help="a model of the registry that is on this machine")
    parser.add_argument("--tokens", type=int, default=64, help="new tokens a session")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=cores, help="of llama.cpp")
    return parser.parse_args()


def _machine(options: argparse.Namespace) -> str:
    import torch
    import transformers

    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    llama = "xllamacpp" if importlib.util.find_spec("xllamacpp") else "no xllamacpp"
    return (
        f"{datetime.datetime.now().astimezone():%Y-%m-%d %H:%M %Z}, {_processor()}, {options.threads} cores usable, "
        f"load {load:.1f}\n{options.model}, {options.tokens} new tokens a session, torch {torch.__version__} with "
        f"{torch.get_num_threads()} threads, transformers {transformers.__version__}, {llama}\n"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


if __name__ == "__main__":
    main()
