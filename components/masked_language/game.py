"""Pre-training's question put to the model: restore a text that was made into a puzzle.

The puzzle follows BERT (Devlin et al. 2019, arXiv 1810.04805, section 3.1 and its `create_masked_lm_predictions`): 15 %
of the tokens are to be guessed; of these 80 % become the mask, 10 % any entry of the vocabulary, 10 % stay. The model
is asked about all of them, and cannot tell which of the words it sees were left alone. So it has to form an opinion
about every word.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from components.core.i18n import N_
from components.core.text import sanitize
from components.masked_language.gaps import INSIDE_A_WORD, Candidate, LogProbabilities, best, predictions
from components.masked_language.reading import Reading
from components.models.loaders import LoadedModel
from components.models.tokenization import SharedTokenizer

DRAWS: Final = 20
MOST_TOKENS: Final = 128
Fate = Literal["masked", "replaced", "kept"]
FATES: Final[dict[Fate, str]] = {
    "masked": N_("hidden"),
    "replaced": N_("replaced"),
    "kept": N_("left as it is"),
}
SHARE: Final = 0.15
MASKED: Final = 0.8
REPLACED: Final = 0.1


@dataclass(frozen=True)
class Guess:
    """The model's answer about one chosen token.

    Attributes
    ----------
    position, fate
        Which token, and what the model saw in its place.
    truth_id, seen_id
        What stood in the text, and what the model was given.
    best
        What the model holds most probable.
    loss_nats
        Minus the logarithm of the probability it gives the truth.
    rank
        How many entries of the vocabulary it holds for more probable than the truth.
    """

    position: int
    fate: Fate
    truth_id: int
    seen_id: int
    best: Candidate
    loss_nats: float
    rank: int

    @property
    def right(self) -> bool:
        """Whether the truth was the most probable."""
        return self.best.id == self.truth_id


@dataclass(frozen=True)
class Game:
    """The same text made into a puzzle `DRAWS` times.

    Attributes
    ----------
    corruption, guesses
        The first puzzle and the answers to it.
    every
        The answers to all puzzles, the first among them.
    vocabulary
        Size of the vocabulary: who guesses blindly is right once in that many times.
    """

    corruption: Corruption
    guesses: tuple[Guess, ...]
    every: tuple[Guess, ...]
    vocabulary: int

    @property
    def blind_loss_nats(self) -> float:
        """The loss of who holds all entries for equally probable."""
        return float(np.log(self.vocabulary))


def play(
    loaded: LoadedModel, reading: Reading, *, seed: int, checkpoint: Callable[[], None] = lambda: None
) -> Game | None:
    """Make puzzles with the seeds `seed`, `seed + 1`, ... and let the model answer; None if no token can be chosen."""
    if not reading.written:
        return None
    vocabulary = loaded.model.config.vocab_size
    puzzles = [
        corrupt(reading.ids, reading.written, vocabulary=vocabulary, mask_id=reading.mask_id, seed=seed + draw)
        for draw in range(DRAWS)
    ]
    rows, positions = [puzzle.ids for puzzle in puzzles], [puzzle.positions for puzzle in puzzles]
    answers = predictions(loaded, rows, positions, checkpoint=checkpoint)
    guesses = [_guesses(loaded, reading, puzzle, answer) for puzzle, answer in zip(puzzles, answers, strict=True)]
    return Game(puzzles[0], guesses[0], tuple(guess for each in guesses for guess in each), vocabulary)


def mean_loss_nats(guesses: tuple[Guess, ...]) -> float:
    """Return what pre-training makes smaller: the mean loss over the chosen tokens."""
    return float(np.mean([guess.loss_nats for guess in guesses]))


def accuracy(guesses: tuple[Guess, ...]) -> float:
    """Return the share of chosen tokens whose truth was held most probable."""
    return float(np.mean([guess.right for guess in guesses]))


def is_token(tokenizer: SharedTokenizer, typed: str, token_id: int) -> bool:
    """Say whether what a person typed is this token, however its letters are cased."""
    [piece] = tokenizer.tokens([token_id])
    spellings = {piece or "", (piece or "").removeprefix(INSIDE_A_WORD), tokenizer.decode([token_id]).strip()}
    word = sanitize(typed).text.strip().lower()
    return word != "" and word in {spelling.lower() for spelling in spellings}


def _guesses(loaded: LoadedModel, reading: Reading, puzzle: Corruption, answer: LogProbabilities) -> tuple[Guess, ...]:
    made = []
    for position, fate, row in zip(puzzle.positions, puzzle.fates, answer, strict=True):
        truth = reading.ids[position]
        [first] = best(loaded.tokenizer, row, top=1)
        rank = int((row > row[truth]).sum())
        made.append(Guess(position, fate, truth, puzzle.ids[position], first, -float(row[truth]), rank))
    return tuple(made)


@dataclass(frozen=True)
class Corruption:
    """One puzzle.

    Attributes
    ----------
    ids
        What the model is given.
    positions
        Which tokens it is asked about, in order; at least one if any could be chosen.
    fates
        What became of each of them.
    """

    ids: tuple[int, ...]
    positions: tuple[int, ...]
    fates: tuple[Fate, ...]


def corrupt(ids: Sequence[int], eligible: Sequence[int], *, vocabulary: int, mask_id: int, seed: int) -> Corruption:
    """Make a puzzle of a text; the same seed makes the same one.

    Parameters
    ----------
    eligible
        Positions that may be chosen: neither special nor already masked.
    vocabulary
        How many entries a replacement is drawn from. As in BERT it may be any of them, even the right one.
    """
    random = np.random.default_rng(seed)
    count = min(len(eligible), max(1, round(SHARE * len(eligible))))
    positions = sorted(random.choice(np.asarray(eligible, dtype=int), size=count, replace=False).tolist())
    changed = list(ids)
    fates: list[Fate] = []
    for position in positions:
        # both numbers are drawn every time, so that one token's fate does not shift the next one's
        lot, other = random.random(), int(random.integers(vocabulary))
        if lot < MASKED:
            fates.append("masked")
            changed[position] = mask_id
        elif lot < MASKED + REPLACED:
            fates.append("replaced")
            changed[position] = other
        else:
            fates.append("kept")
    return Corruption(tuple(changed), tuple(positions), tuple(fates))
