"""The exercise and the prediction of the lesson, judged by the live model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from components.masked_language.gaps import Candidate, best
from components.masked_language.predicting import predictions
from components.masked_language.reading import Reading
from components.models.loaders import LoadedModel

PREDICT_TEXT: Final = "He opened the door with his [MASK]."
WANTED_PROBABILITY: Final = 0.5
_CLOSING: Final = frozenset(".!?")


@dataclass(frozen=True)
class BothSides:
    """A gap predicted twice: from the whole text, and from what stands before it."""

    whole: Candidate
    left_only: Candidate

    @property
    def solved(self) -> bool:
        """Whether the words after the gap changed the answer, and made it likely."""
        return self.whole.id != self.left_only.id and self.whole.probability >= WANTED_PROBABILITY


def both_sides(loaded: LoadedModel, reading: Reading) -> BothSides | None:
    """Predict the only gap of a text with and without the words after it; None unless there is exactly one.

    The full stop at the end stays, so that the shorter text is a sentence too.
    """
    if len(reading.gaps) != 1:
        return None
    [gap] = reading.gaps
    return BothSides(_first(loaded, reading.ids, gap), _first(loaded, _without_what_follows(reading, gap), gap))


def _without_what_follows(reading: Reading, gap: int) -> tuple[int, ...]:
    after = reading.tokens[gap + 1 :]
    ordinary = [token for token in after if not token.special]
    stop = [token.id for token in ordinary[-1:] if token.piece in _CLOSING]
    end = [token.id for token in after if token.special and token.start is None]
    return (*reading.ids[: gap + 1], *stop, *end)


def _first(loaded: LoadedModel, ids: tuple[int, ...], position: int) -> Candidate:
    [[row]] = predictions(loaded, [ids], [[position]])
    return best(loaded.tokenizer, row, top=1)[0]
