"""What a model's scores say about each token: probabilities, entropy, and the likeliest candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class CandidateScores:
    """What one token's chances were.

    Attributes
    ----------
    logit
        The model's score.
    logprob
        Natural logarithm of its probability under the model itself.
    drawn_probability
        After the sampler chain; None where nothing was drawn.
    """

    id: int
    logit: float
    logprob: float
    drawn_probability: float | None


def measure(logits: Tensor) -> tuple[Tensor, list[float]]:
    """Return log-probabilities, `[row, token]`, and the entropy of each row in nats, of scores `[row, token]`."""
    logprobs = logits.log_softmax(dim=-1)
    # nansum: a token the model itself rules out has the score minus infinity, and 0 * inf is NaN.
    return logprobs, (-(logprobs.exp() * logprobs).nansum(dim=-1)).tolist()


def candidates(
    logits: Tensor, logprobs: Tensor, *, count: int, chosen: int | None = None, chances: Tensor | None = None
) -> tuple[CandidateScores, ...]:
    """Return the likeliest tokens of the model, likeliest first.

    Parameters
    ----------
    logits, logprobs
        `[token]`.
    count
        How many; 0 for none at all.
    chosen
        A token to add at the end if it is not among them.
    chances
        `[token]`, probabilities after the sampler chain.
    """
    import torch

    if not count:
        return ()
    best = torch.topk(logprobs, min(count, len(logprobs))).indices
    if chosen is not None and not bool((best == chosen).any()):
        best = torch.cat([best, best.new_tensor([chosen])])
    drawn = [None] * len(best) if chances is None else chances[best].tolist()
    rows = zip(best.tolist(), logits[best].tolist(), logprobs[best].tolist(), drawn, strict=True)
    return tuple(CandidateScores(*row) for row in rows)
