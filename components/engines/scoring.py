"""How surprising a text is to a model, token by token, and where a guess of yours stands among its own.

Surprisal is -log p of a token given those before it; entropy is the surprisal the model expects before it sees the
token; perplexity is exp of the mean surprisal: as uncertain as a fair choice among that many tokens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from components.engines.candidates import CandidateScores, measure
from components.engines.candidates import candidates as likeliest
from components.engines.distribution import scores_along

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import PreTrainedModel


FloatArray = NDArray[np.floating]


@dataclass(frozen=True, kw_only=True)
class ScoredText:
    """What a model thinks of a text.

    Attributes
    ----------
    ids
        `[token]`, the tokens that were scored.
    logprobs
        `[token]`, natural logarithm of each token's probability given everything before it.
    entropies
        `[token]`, of the model's distribution before the token, in nats.
    ranks
        `[token]`, 1 if the token was the likeliest.
    candidates
        `[token]`, the likeliest tokens at each place, likeliest first, then the token itself if it was none of them.
    """

    ids: tuple[int, ...]
    logprobs: FloatArray
    entropies: FloatArray
    ranks: NDArray[np.int64]
    candidates: tuple[tuple[CandidateScores, ...], ...]

    @property
    def surprisals_bits(self) -> FloatArray:
        """`[token]`, how surprising each token was."""
        return np.asarray(-self.logprobs / math.log(2))

    @property
    def entropies_bits(self) -> FloatArray:
        """`[token]`, how surprising the model expected the token to be."""
        return np.asarray(self.entropies / math.log(2))

    @property
    def perplexity(self) -> float:
        """Of the whole text; NaN if no token was scored."""
        return float(np.exp(-self.logprobs.mean())) if len(self.ids) else math.nan


@dataclass(frozen=True, kw_only=True)
class Guess:
    """A reader's next word, and what the model thinks of it.

    Attributes
    ----------
    pieces
        The tokens of the word.
    probability
        That the model goes on with just these tokens.
    rank
        1 if the word's first token is the model's first choice; of a word of one token, the rank of the word.
    is_first_choice
        Whether each token of the word is the model's first choice after those before it.
    first
        Probability of the first token.
    candidates
        The model's own likeliest tokens, likeliest first.
    """

    pieces: tuple[int, ...]
    probability: float
    rank: int
    is_first_choice: bool
    first: float
    candidates: tuple[CandidateScores, ...]

    @property
    def bits(self) -> float:
        """How surprising the word is to the model."""
        return -math.log2(self.probability) if self.probability else math.inf


def score(
    model: PreTrainedModel,
    ids: Sequence[int],
    written: Sequence[int],
    *,
    candidates: int = 0,
    checkpoint: Callable[[], None],
) -> ScoredText:
    """Score a text, or the part of it after a beginning.

    Parameters
    ----------
    model
        A causal or an encoder-decoder language model.
    ids
        What comes before. A causal model says nothing about the very first token of a text, so give it here.
    written
        What is scored.
    candidates
        How many of the likeliest tokens to report at each place.
    checkpoint
        Called before each forward pass.
    """
    pieces: list[ScoredText] = []
    for scores in scores_along(model, ids, written, checkpoint=checkpoint) if written else ():
        start = sum(len(piece.ids) for piece in pieces)
        pieces.append(_score_piece(scores, written[start : start + len(scores)], candidates=candidates))
    return ScoredText(
        ids=tuple(written),
        logprobs=np.concatenate([np.empty(0, np.float32), *(piece.logprobs for piece in pieces)]),
        entropies=np.concatenate([np.empty(0, np.float32), *(piece.entropies for piece in pieces)]),
        ranks=np.concatenate([np.empty(0, np.int64), *(piece.ranks for piece in pieces)]),
        candidates=tuple(ways for piece in pieces for ways in piece.candidates),
    )


def guess(
    model: PreTrainedModel,
    ids: Sequence[int],
    pieces: Sequence[int],
    *,
    candidates: int = 10,
    checkpoint: Callable[[], None],
) -> Guess:
    """Compare a reader's next word with the model's own expectation.

    Parameters
    ----------
    ids
        The text so far.
    pieces
        The tokens of the word (`components.engines.prompting.word_pieces`), at least one.
    candidates
        How many of the model's own choices to report.
    checkpoint
        Called before each forward pass.
    """
    scored = score(model, ids, pieces, candidates=candidates, checkpoint=checkpoint)
    return Guess(
        pieces=scored.ids,
        probability=float(np.exp(scored.logprobs.astype(np.float64).sum())),
        rank=int(scored.ranks[0]),
        is_first_choice=bool((scored.ranks == 1).all()),
        first=float(np.exp(scored.logprobs[0])),
        candidates=scored.candidates[0][:candidates],
    )


def _score_piece(scores: Tensor, written: Sequence[int], *, candidates: int) -> ScoredText:
    import torch

    chosen = torch.tensor(written, device=scores.device)[:, None]
    logprobs, entropies = measure(scores)
    return ScoredText(
        ids=tuple(written),
        logprobs=logprobs.gather(1, chosen)[:, 0].cpu().numpy(),
        entropies=np.array(entropies, dtype=np.float32),
        ranks=((scores > scores.gather(1, chosen)).sum(dim=1) + 1).cpu().numpy(),
        candidates=tuple(
            likeliest(scores[place], logprobs[place], count=candidates, chosen=token)
            for place, token in enumerate(written)
        ),
    )
