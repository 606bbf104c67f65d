"""What was tried to make llama.cpp fast for one visitor and for a class: weights, threads, slots, batches.

    python -m bench.llama_cpp [--write docs/measurements.md]

Each row differs from the first in one thing; the first is what the playground does. Its own server is called directly,
in a thread a session, with the playground's default settings, one way after the other. About four minutes on two
cores; run it on a quiet machine, see generation.py.

Perplexity is that of the playground's English lesson, computed by transformers with the weights as each file holds
them: what a faster form of the weights costs.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import gguf

from bench import report
from bench.generation import REQUEST, direct, measured, opened, read_prompts
from bench.sessions import Speed, once
from components.engines import requantize
from components.engines.contract import Request
from components.engines.llama_cpp import CONTEXT_TOKENS, LlamaCppEngine, computing
from components.engines.local_limits import SEATS
from components.models.gguf import find
from components.models.loaders import LoadedModel
from components.models.store import local_folder

if TYPE_CHECKING:
    import torch

MODEL: Final = "smollm2-135m"
AT_ONCE: Final = (1, 2, 4, 8)
LESSON: Final = Path(__file__).parents[1] / "components/generation/lesson.en.md"
_MOST_TOKENS: Final = 1024

Change = Callable[[Any], None]


@dataclass(frozen=True)
class Try:
    """One way to run the server.

    Attributes
    ----------
    change
        Of its parameters, as the playground sets them.
    request
        Each session's, but for its prompt.
    """

    name: str
    file: Path
    change: Change = lambda _settings: None
    request: Request = REQUEST


def main() -> None:
    """Measure and print."""
    options = _options()
    found = report.Report(
        "llama.cpp, what was tried",
        note=f"{MODEL}, medians of {options.rounds} rounds, {options.tokens} new tokens a session, {options.threads} "
        "threads; the first row is what the playground does, each other one differs from it as it says.",
    )
    loaded, engine = opened(MODEL, options.threads)
    if engine is None:
        raise SystemExit("llama.cpp cannot run here")
    fetched = find(local_folder(loaded.record))
    assert fetched is not None
    with tempfile.TemporaryDirectory() as folder:
        found.row("", "tokens/s, 1 session", *(f"{number} sessions" for number in AT_ONCE[1:]), "first token of 8, ms")
        for each in _tries(engine.gguf, fetched, Path(folder), options.threads):
            speeds = _measure(each, engine, options)
            found.row(each.name, *(f"{speed.tokens:.0f}" for speed in speeds), f"{1000 * speeds[-1].first_s:.0f}")
    found.remark(_perplexities(loaded))
    found.publish(options.write)


def _tries(file: Path, fetched: Path, folder: Path, threads: int) -> Iterator[Try]:
    yield Try("as it is", file)
    yield Try("weights in Q4_1, as they are fetched", fetched)
    in_q4_0 = folder / "q4_0.gguf"
    requantize.write(fetched, in_q4_0, kind="Q4_0")
    yield Try("weights in Q4_0", in_q4_0)
    yield Try("without candidates", file, request=replace(REQUEST, candidates=0))
    if threads > 1:
        yield Try("1 thread for one text", file, lambda settings: _threads(settings, 1, threads))
        yield Try("1 thread for any number of texts", file, lambda settings: _threads(settings, 1, 1))
    for seats in (4, 16):
        yield Try(f"{seats} slots", file, _set("n_parallel", seats))
    yield Try("batches of 64", file, _set("n_ubatch", 64))
    yield Try("one cache for all slots", file, _set("kv_unified", True))
    import xllamacpp

    off = xllamacpp.llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    yield Try("without flash attention", file, _set("flash_attn_type", off))
    yield Try("without reordered weights", file, _set("no_extra_bufts", True))


def _threads(settings: Any, for_one: int, for_several: int) -> None:
    settings.cpuparams.n_threads, settings.cpuparams_batch.n_threads = for_one, for_several


def _set(name: str, value: Any) -> Change:
    def change(settings: Any) -> None:
        setattr(settings, name, value)
        settings.n_ctx = settings.n_parallel * CONTEXT_TOKENS

    return change


def _measure(each: Try, engine: LlamaCppEngine, options: argparse.Namespace) -> list[Speed]:
    import xllamacpp  # not earlier: its threads learn how to wait when it is imported, see components.models.runtime

    settings = xllamacpp.CommonParams()
    settings.model.path = str(each.file)
    settings.n_parallel = SEATS
    settings.n_ctx = SEATS * CONTEXT_TOKENS
    settings.cpuparams.n_threads, settings.cpuparams_batch.n_threads = computing(options.threads)
    settings.verbosity = -1
    each.change(settings)
    server = xllamacpp.Server(settings)
    read_prompts(direct(engine, replace(each.request, max_new_tokens=1), server))
    asked = replace(each.request, max_new_tokens=options.tokens)
    speeds = measured({each.name: partial(once, direct(engine, asked, server))}, options.rounds, at_once=AT_ONCE)
    return [speeds[each.name, number] for number in AT_ONCE]


def _perplexities(loaded: LoadedModel) -> str:
    import torch

    ids = torch.tensor([loaded.tokenizer.encode(LESSON.read_text(encoding="utf-8")).ids[:_MOST_TOKENS]])
    weights = {
        name: matrix
        for name, matrix in loaded.model.named_parameters()
        if matrix.ndim == 2 and "embed" not in name and "lm_head" not in name
    }
    fetched = {name: matrix.detach().clone() for name, matrix in weights.items()}
    found = [f"{_perplexity(loaded, ids):.2f} as fetched"]
    for kind in (gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.Q4_0):
        for name, matrix in weights.items():
            rounded = gguf.quants.dequantize(gguf.quants.quantize(fetched[name].numpy(), kind), kind)
            matrix.data.copy_(torch.from_numpy(rounded))
        found.append(f"{_perplexity(loaded, ids):.2f} in {kind.name}")
    return f"Perplexity of {ids.shape[1]} tokens of the playground's lesson: {', '.join(found)}."


def _perplexity(loaded: LoadedModel, ids: torch.Tensor) -> float:
    import torch

    with torch.inference_mode():
        return float(loaded.model(input_ids=ids, labels=ids).loss.exp())


def _options() -> argparse.Namespace:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    parser = report.arguments(__doc__)
    parser.add_argument("--tokens", type=int, default=64, help="new tokens a session")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=cores)
    return parser.parse_args()


if __name__ == "__main__":
    main()
