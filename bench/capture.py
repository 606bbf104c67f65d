"""What it costs to look: time of a capture beside a bare forward pass. Goal: at most 1.1x a bare eager pass.

    OMP_NUM_THREADS=1 python -m bench.capture [--threads 1] [--rounds 25] [--cpu] [--write FILE]

The ways take turns, so that a busy moment of the machine hits all alike; medians are printed, in milliseconds. On a
machine that others use too, `--cpu` counts the time this process was computing instead of the time that passed.

    sdpa       the model as transformers loads it
    installed  with the recording function in place, nobody watching
    eager      attn_implementation="eager", output_attentions=True: what a course would write
    watched    recorded, nothing done with it
    capture    checked row by row and kept as NumPy arrays, with queries and keys
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import torch
import transformers

from bench import report
from components.attention.capture import capture_input
from components.models import recording
from components.models.inputs import ModelInput, forward, read
from components.models.registry import record
from components.models.store import local_folder
from components.models.tokenization import SharedTokenizer, load_tokenizer
from tests.unit.attention.architectures import Tiny

MODELS = {"classroom-bert": "AutoModelForMaskedLM", "classroom-gpt2": "AutoModelForCausalLM"}
TOKENS = (16, 64, 128, 512)
GOAL = 1.1
WORDS = "The cat sat on the mat because it was tired and the old man read a good novel by the sea . "


def load(model_id: str, *, attention: str, install: bool = False) -> Tiny:
    folder = local_folder(record(model_id))
    auto_class = getattr(transformers, MODELS[model_id])
    model = auto_class.from_pretrained(folder, dtype=torch.float32, attn_implementation=attention).eval()
    tokenizer = SharedTokenizer(load_tokenizer(folder))
    return Tiny(model, tokenizer, torch.device("cpu"), install and recording.install(model))


def ways(model_id: str, given: ModelInput) -> dict[str, Callable[[], object]]:
    plain, eager = load(model_id, attention="sdpa"), load(model_id, attention="eager")
    ours = load(model_id, attention="sdpa", install=True)

    def watched() -> None:
        layers: list[recording.LayerRecord] = []
        with recording.watch(ours.model, on_layer=layers.append):
            forward(ours, given)

    return {
        "sdpa": lambda: forward(plain, given),
        "installed": lambda: forward(ours, given),
        "eager": lambda: forward(eager, given, output_attentions=True),
        "watched": watched,
        "capture": lambda: capture_input(ours, given),
    }


def medians_ms(functions: dict[str, Callable[[], object]], rounds: int, clock: Callable[[], float]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in functions}
    for turn in range(rounds + 2):
        for name, function in functions.items():
            start = clock()
            function()
            if turn >= 2:  # the first turns warm caches
                times[name].append(1000 * (clock() - start))
    return {name: statistics.median(each) for name, each in times.items()}


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--cpu", action="store_true")
    options = parser.parse_args()
    clock = time.process_time if options.cpu else time.perf_counter
    torch.set_num_threads(options.threads)
    transformers.utils.logging.disable_progress_bar()
    found = report.Report(
        "Attention: what it costs to look",
        note=f"Medians of {options.rounds} rounds in ms of {'CPU time' if options.cpu else 'time passed'}, "
        f"{options.threads} thread(s). Goal: a capture takes at most {GOAL} times an eager forward pass.",
    )
    found.row("model", "tokens", "sdpa", "installed", "eager", "watched", "capture", "capture / eager", "goal")
    for model_id in MODELS:
        whole = read(load(model_id, attention="sdpa"), WORDS * 40)
        for tokens in TOKENS:
            given = ModelInput(tokens=whole.tokens[:tokens], type_ids=whole.type_ids[:tokens])
            times = medians_ms(ways(model_id, given), options.rounds, clock)
            ratio = times["capture"] / times["eager"]
            numbers = [f"{value:.1f}" for value in times.values()]
            found.row(model_id, tokens, *numbers, f"{ratio:.2f}", "met" if ratio <= GOAL else "missed")
    found.publish(options.write)


if __name__ == "__main__":
    main()
