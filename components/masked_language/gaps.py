"""The candidates for each gap, and a text with a gap filled or a word hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from components.masked_language.predicting import LogProbabilities, predictions
from components.masked_language.reading import MASK, Reading
from components.models.loaders import LoadedModel
from components.models.tokenization import SharedTokenizer

MOST_GAPS: Final = 8
_INSIDE_A_WORD: Final = "##"  # how WordPiece marks a piece that goes on with the word before it


@dataclass(frozen=True)
class Candidate:
    """One entry of the vocabulary for one gap.

    Attributes
    ----------
    piece
        As the vocabulary spells it.
    text
        As a reader writes it.
    probability
        Of all entries of the vocabulary together they sum to 1.
    """

    id: int
    piece: str
    text: str
    probability: float


@dataclass(frozen=True)
class Gap:
    """A masked position and its most probable candidates, best first."""

    position: int
    candidates: tuple[Candidate, ...]


def gaps(loaded: LoadedModel, reading: Reading, *, top: int) -> tuple[Gap, ...]:
    """Return the `top` candidates of the first `MOST_GAPS` gaps, all predicted in one pass."""
    positions = reading.gaps[:MOST_GAPS]
    if not positions:
        return ()
    [found] = predictions(loaded, [reading.ids], [positions])
    return tuple(
        Gap(position, best(loaded.tokenizer, row, top=top)) for position, row in zip(positions, found, strict=True)
    )


def best(tokenizer: SharedTokenizer, log_probabilities: LogProbabilities, *, top: int) -> tuple[Candidate, ...]:
    """Return the most probable entries of one position, `[vocabulary]`, best first; equals in order of their ids."""
    ids = np.argsort(-log_probabilities, kind="stable")[:top].tolist()
    return tuple(
        Candidate(id_, piece or "", _written(tokenizer, id_, piece or ""), float(np.exp(log_probabilities[id_])))
        for id_, piece in zip(ids, tokenizer.tokens(ids), strict=True)
    )


def filled(reading: Reading, position: int, candidate: Candidate) -> str:
    """Return the text with one gap filled, the other gaps as a visitor writes them."""
    end = reading.tokens[position].end
    if end is None:
        raise ValueError(f"position {position} is not in the text")
    before, after = reading.text[: end - len(reading.mask)], reading.text[end:]
    if candidate.piece.startswith(_INSIDE_A_WORD):
        before = before.rstrip()
    return (before + candidate.text + after).replace(reading.mask, MASK)


def hidden(reading: Reading, position: int) -> str:
    """Return the text with the whole word at a position hidden behind one mask."""
    chosen = reading.tokens[position]
    word = [token for token in reading.tokens if token.word is not None and token.word == chosen.word] or [chosen]
    starts = [token.start for token in word if token.start is not None]
    ends = [token.end for token in word if token.end is not None]
    if not starts:
        raise ValueError(f"position {position} is not in the text")
    return (reading.text[: min(starts)] + MASK + reading.text[max(ends) :]).replace(reading.mask, MASK)


def _written(tokenizer: SharedTokenizer, token_id: int, piece: str) -> str:
    if piece.startswith(_INSIDE_A_WORD):
        return piece.removeprefix(_INSIDE_A_WORD)
    return tokenizer.decode([token_id]).strip() or piece
