"""How surprised the model is by each token of a text when that token alone is hidden.

The sum is the pseudo-log-likelihood, its mean turned back into a number of choices the pseudo-perplexity (Salazar et
al. 2020, arXiv 1910.14659). "Pseudo", because the conditional probabilities of a masked language model multiply to no
probability of the text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from components.masked_language.gaps import Candidate, best, predictions
from components.masked_language.reading import Reading
from components.models.loaders import LoadedModel

MOST_TOKENS: Final = 64


@dataclass(frozen=True)
class Surprise:
    """One token, hidden alone: what the model expected instead, and how far off it was."""

    position: int
    nats: float
    expected: Candidate


@dataclass(frozen=True)
class Surprises:
    """The tokens of a text in order; at least one."""

    tokens: tuple[Surprise, ...]

    @property
    def pseudo_perplexity(self) -> float:
        """Among how many equally probable tokens the model chooses on average; 1 is perfect."""
        return float(np.exp(np.mean([token.nats for token in self.tokens])))


def surprises(
    loaded: LoadedModel, reading: Reading, *, checkpoint: Callable[[], None] = lambda: None
) -> Surprises | None:
    """Hide each written token alone and ask for it: one pass a token. None if there is no such token."""
    positions = reading.written
    if not positions:
        return None
    rows = [(*reading.ids[:at], reading.mask_id, *reading.ids[at + 1 :]) for at in positions]
    answers = predictions(loaded, rows, [[at] for at in positions], checkpoint=checkpoint)
    return Surprises(
        tuple(
            Surprise(at, -float(row[reading.ids[at]]), best(loaded.tokenizer, row, top=1)[0])
            for at, [row] in zip(positions, answers, strict=True)
        )
    )
