"""What a visitor takes home from the page: the numbers, and a notebook that trains again and recomputes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from components.fine_tuning import measures, training
from components.fine_tuning.measures import FloatArray
from components.fine_tuning.outcome import Outcome, Task
from components.models.projection import project
from components.models.records import is_bundled
from components.ui.notebooks import render

NOTEBOOK: Final = Path(__file__).with_name("notebook.py")


def result(
    labels: Sequence[str],
    sentences: Sequence[str],
    before: FloatArray,
    after: FloatArray | None,
    outcome: Outcome | None,
) -> dict[str, Any]:
    """Return the numbers as JSON types.

    Parameters
    ----------
    before, after
        The probability of each label for each sentence, `[sentence, label]`; `after` is None without a training.
    outcome
        The training; None if there was none.
    """
    judged = [
        {"text": text, "before": before[place].tolist(), "after": None if after is None else after[place].tolist()}
        for place, text in enumerate(sentences)
    ]
    trained = None if outcome is None else _training(outcome)
    return {"labels": list(labels), "sentences": judged, "training": trained}


def script(task: Task, sentences: Sequence[str], *, weights: str, steps_done: int, threads: int) -> str:
    """Return the notebook of a training in percent format. Its `result` equals the exported numbers.

    Parameters
    ----------
    sentences
        What the classifier is asked before and after.
    weights
        Where transformers finds the model (see `loadable_name`).
    steps_done
        How far the page's training came; 0 if there was none.
    threads
        CPU threads that torch used there.
    """
    examples, settings = task.examples, task.settings
    parameters = {
        "MODEL": weights,
        "WHAT": settings.what,
        "EPOCHS": settings.epochs,
        "RATE": settings.rate,
        "SEED": settings.seed,
        "STEPS": steps_done,
        "THREADS": threads,
        "LABELS": list(examples.labels),
        "SENTENCES": list(sentences),
        "TRAINING": [(each.text, each.label) for each in examples.training],
        "HELD_OUT": [(each.text, each.label) for each in examples.held_out],
        "MOST_TOKENS": training.MOST_TOKENS,
        "READ_BATCH": training.READ_BATCH,
        "HEAD_SCALE": training.HEAD_SCALE,
        "BATCH": training.BATCH,
        "WARM_UP": training.WARM_UP,
        "WEIGHT_DECAY": training.WEIGHT_DECAY,
    }
    return render(NOTEBOOK, parameters, keep=["bundled"] if is_bundled(weights) else [])


def _training(outcome: Outcome) -> dict[str, Any]:
    examples = outcome.task.examples
    classes = examples.classes(examples.held_out)
    drawn = project(outcome.after.vectors.astype(float))
    verdicts = outcome.verdicts
    return {
        "steps": outcome.steps,
        "steps_done": outcome.steps_done,
        "losses": list(outcome.losses),
        "measured": [asdict(each) for each in outcome.measured],
        "baselines": asdict(outcome.baselines),
        "intervals": {name: [each.low, each.high] for name, each in verdicts.intervals.items()},
        "comparisons": {
            name: {"gained": each.gained, "lost": each.lost, "p": each.p} for name, each in verdicts.comparisons.items()
        },
        "confusion": {
            "before": _rows(measures.count_answers(outcome.before.probabilities, classes)),
            "after": _rows(measures.count_answers(outcome.after.probabilities, classes)),
        },
        "held_out": outcome.after.probabilities.tolist(),
        "map": {
            "before": drawn.place(outcome.before.vectors.astype(float)).tolist(),
            "after": drawn.points.tolist(),
            "explained": list(drawn.explained),
        },
    }


def _rows(counts: tuple[tuple[int, ...], ...]) -> list[list[int]]:
    return [list(row) for row in counts]
