"""Gaps filled one after the other, the surest first, so that each choice can heed the ones before it.

Filled all at once, two gaps know nothing of each other: "[MASK] is the capital of [MASK]" may get a city from one
country and another country. Easy-first filling follows Ghazvininejad et al. 2019 (Mask-Predict, arXiv 1904.09324) with
one token a step and no second thoughts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from components.masked_language.gaps import MOST_GAPS, Candidate, best
from components.masked_language.predicting import predictions
from components.masked_language.reading import Reading
from components.models.loaders import LoadedModel


@dataclass(frozen=True)
class Step:
    """One gap filled: where, and with what."""

    position: int
    chosen: Candidate


def fill_stepwise(
    loaded: LoadedModel, reading: Reading, *, checkpoint: Callable[[], None] = lambda: None
) -> tuple[Step, ...]:
    """Fill the first `MOST_GAPS` gaps in the order of how sure the model is, predicting anew after each."""
    ids = list(reading.ids)
    left = list(reading.gaps[:MOST_GAPS])
    steps: list[Step] = []
    while left:
        checkpoint()
        [found] = predictions(loaded, [ids], [left])
        surest = int(found.max(axis=1).argmax())
        [chosen] = best(loaded.tokenizer, found[surest], top=1)
        position = left.pop(surest)
        ids[position] = chosen.id
        steps.append(Step(position, chosen))
    return tuple(steps)
