"""The numbers on the page as they are exported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from components.fine_tuning import measuring
from components.fine_tuning.measuring import FloatArray
from components.fine_tuning.outcome import Outcome
from components.models.projection import project


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
    training = None if outcome is None else _training(outcome)
    return {"labels": list(labels), "sentences": judged, "training": training}


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
            "before": _rows(measuring.confusion(outcome.before.probabilities, classes)),
            "after": _rows(measuring.confusion(outcome.after.probabilities, classes)),
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
