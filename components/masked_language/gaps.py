"""What a masked language model puts into the gaps of a text.

Each position is predicted by itself, from everything else in the text, to its left and to its right (BERT, Devlin et
al. 2019, arXiv 1810.04805). Nothing makes the predictions of two positions fit together: "[MASK] is the capital of
[MASK]" may get a city of one country and another country. Filled one after the other, the surest first, each choice is
made with the ones before it in view. This follows Ghazvininejad et al. 2019 (Mask-Predict, arXiv 1904.09324), with one
token a step and no second thoughts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.masked_language.reading import MASK, Reading
from components.models.inputs import scores_at_places
from components.models.loaders import LoadedModel
from components.models.tokenization import SharedTokenizer

MOST_GAPS: Final = 8
INSIDE_A_WORD: Final = "##"  # how WordPiece marks a piece that goes on with the word before it
LogProbabilities = NDArray[np.float64]
"""`[position, vocabulary]`, natural logarithms."""

MOST_LOGITS_BYTES: Final = 64_000_000
_LOGIT_BYTES: Final = 4
WANTED_PROBABILITY: Final = 0.5
_CLOSING: Final = frozenset(".!?")


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
    continues
        Whether it goes on with the word before it, without a space ("##able", a Korean particle).
    """

    id: int
    piece: str
    text: str
    probability: float
    continues: bool


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
        _candidate(tokenizer, id_, piece or "", float(np.exp(log_probabilities[id_])))
        for id_, piece in zip(ids, tokenizer.tokens(ids), strict=True)
    )


def fill_gap(reading: Reading, position: int, candidate: Candidate) -> str:
    """Return the text with one gap filled, the other gaps as a visitor writes them."""
    end = reading.tokens[position].end
    if end is None:
        raise ValueError(f"position {position} is not in the text")
    before, after = reading.text[: end - len(reading.mask)], reading.text[end:]
    if candidate.continues:
        before = before.rstrip()
    return (before + candidate.text + after).replace(reading.mask, MASK)


def hide_word(reading: Reading, position: int) -> str:
    """Return the text with the whole word at a position hidden behind one mask."""
    chosen = reading.tokens[position]
    word = [token for token in reading.tokens if token.word is not None and token.word == chosen.word] or [chosen]
    starts = [token.start for token in word if token.start is not None]
    ends = [token.end for token in word if token.end is not None]
    if not starts:
        raise ValueError(f"position {position} is not in the text")
    return (reading.text[: min(starts)] + MASK + reading.text[max(ends) :]).replace(reading.mask, MASK)


def _candidate(tokenizer: SharedTokenizer, token_id: int, piece: str, probability: float) -> Candidate:
    once, twice = tokenizer.decode([token_id]).strip(), tokenizer.decode([token_id, token_id])
    if twice.isspace():  # a vocabulary's token for a space alone
        return Candidate(token_id, piece, "", probability, continues=False)
    if piece.startswith(INSIDE_A_WORD):
        once = piece.removeprefix(INSIDE_A_WORD)
    # a piece that begins a word keeps its space when it is written after itself
    return Candidate(token_id, piece, once or piece, probability, continues=once != "" and " " not in twice.strip())


def predictions(
    loaded: LoadedModel,
    rows: Sequence[Sequence[int]],
    positions: Sequence[Sequence[int]],
    *,
    checkpoint: Callable[[], None] = lambda: None,
) -> Iterator[LogProbabilities]:
    """Give, for each row of ids, the log-probabilities at its positions.

    Parameters
    ----------
    rows
        `[row, position]`, all of one length.
    positions
        Of each row, those that are wanted.
    checkpoint
        Called before each batch; what it raises ends the computation.
    """
    import torch

    vocabulary = loaded.model.config.vocab_size
    batch = max(1, MOST_LOGITS_BYTES // (_LOGIT_BYTES * vocabulary * max(1, len(rows[0])))) if rows else 1
    for start in range(0, len(rows), batch):
        checkpoint()
        wanted = [list(each) for each in positions[start : start + batch]]
        ids = torch.tensor([list(row) for row in rows[start : start + batch]], device=loaded.device)
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
        places = [(row, at) for row, each in enumerate(wanted) for at in each]
        scores = scores_at_places(loaded, inputs, places)
        # a softmax over 30,000 numbers keeps its small ones only in double precision
        found = scores.double().log_softmax(-1).cpu().numpy()
        yield from np.split(found, np.cumsum([len(each) for each in wanted])[:-1])


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
