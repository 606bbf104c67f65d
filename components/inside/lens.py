"""The logit lens: what the model would say if it stopped after each sublayer.

Each row of the residual stream goes through the model's own output layer, final norm included (nostalgebraist 2020).
A lens reads early rows through the glasses of the last layer; what it finds there is not what these rows mean to the
next layer (Belrose et al. 2023, arXiv 2303.08112).

The streams are those between the blocks, read by `components.models.tracing`. The last hidden state that transformers
returns for GPT-2, Llama and T5 is normed already, and reading it out would norm it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from components.inside.reading import Pass
from components.models.sublayers import EMBEDDING

if TYPE_CHECKING:
    from torch import Tensor

GUESSES: Final = 5
POSITIONS_A_PRODUCT: Final = 128
"""How many positions are read out at once: 25 MB of scores for a vocabulary of 50,000 tokens."""


@dataclass(frozen=True, eq=False)
class Lens:
    """What each row would say at each position.

    Attributes
    ----------
    rows
        Names, bottom to top.
    watched
        Ids of the tokens whose probability is followed.
    token_ids, probabilities
        `[row, position, guess]`, the best guesses, best first.
    watched_probabilities, watched_ranks
        `[row, position, watched]`; the rank of the best token is 1.
    kl_final_nats
        `[row, position]`, KL(the model's prediction || this row's).
    added_norms
        `[row, position]`, length of the vector that was added; of the embedding its own length.
    stream_norms
        `[row, position]`, length of the stream's vector after it.
    """

    rows: tuple[str, ...]
    watched: tuple[int, ...]
    token_ids: NDArray[np.int64]
    probabilities: NDArray[np.float32]
    watched_probabilities: NDArray[np.float32]
    watched_ranks: NDArray[np.int64]
    kl_final_nats: NDArray[np.float32]
    added_norms: NDArray[np.float32]
    stream_norms: NDArray[np.float32]


def read_lens(
    done: Pass,
    watched: Sequence[int],
    *,
    positions: int = POSITIONS_A_PRODUCT,
    checkpoint: Callable[[], None] = lambda: None,
) -> Lens:
    """Read every row of a pass out.

    Parameters
    ----------
    watched
        Ids of the tokens to follow, at least one.
    positions
        How many are read out at once, in whole rows. With 1 each row is read as the model reads its last one, and as
        an exported notebook does: two nearly equal scores then have the same order.
    checkpoint
        Called before each product; may raise to stop.
    """
    import torch

    rows: list[dict[str, Tensor]] = []
    with torch.inference_mode():
        final = _Final.of(done.logits.float())
        for row, logits in _read_rows(done, positions, checkpoint):
            stream = done.streams[row]
            added = stream if row == EMBEDDING else done.added[row]
            rows.append(
                _measure(logits, list(watched), final)
                | {"added_norms": added.float().norm(dim=-1), "stream_norms": stream.float().norm(dim=-1)}
            )
    stacked: dict[str, Any] = {name: torch.stack([row[name] for row in rows]).cpu() for name in rows[0]}
    return Lens(done.rows, tuple(watched), **{name: values.numpy() for name, values in stacked.items()})


def _read_rows(done: Pass, positions: int, checkpoint: Callable[[], None]) -> Iterator[tuple[str, Tensor]]:
    """Yield each row and its scores, `[position, vocabulary]`.

    Of a short text several rows are read out together, since the table of all tokens is more to read than they are.
    The last one is read in the shape in which the model computed it: another shape may round in another way.
    """
    import torch

    *rows, last = done.rows
    together = max(1, positions // len(done.tokens))
    for start in range(0, len(rows), together):
        checkpoint()
        names = rows[start : start + together]
        logits = done.layout.read_out(torch.cat([done.streams[row] for row in names])[None])[0].float()
        for number, row in enumerate(names):
            yield row, logits[number * len(done.tokens) : (number + 1) * len(done.tokens)]
    checkpoint()
    yield last, done.layout.read_out(done.streams[last][None])[0].float()


def best_guesses(done: Pass, position: int, count: int = GUESSES) -> list[tuple[int, float, float]]:
    """Return id, logit and probability of the model's best guesses at a position, best first."""
    logits = done.logits[position].double().cpu()
    top = logits.topk(count)
    shares = logits.softmax(-1)[top.indices]
    return list(zip(top.indices.tolist(), top.values.tolist(), shares.tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class _Final:
    """The model's own prediction: scores and probabilities `[position, vocabulary]`, logsumexp `[position]`."""

    logits: Tensor
    shares: Tensor
    scale: Tensor

    @classmethod
    def of(cls, logits: Tensor) -> _Final:
        # PyTorch's log_softmax of 50,000 scores in float32 is off in the fifth digit, logsumexp is not
        scale = logits.logsumexp(-1)
        return cls(logits, (logits - scale[:, None]).exp(), scale)

    def divergence(self, logits: Tensor, scale: Tensor) -> Tensor:
        """Return KL(this || softmax of `logits`), `[position]`; `scale` is their logsumexp."""
        import torch

        # the sum of p (log p - log q), with one pass over the vocabulary
        divergence: Tensor = torch.linalg.vecdot(self.shares, self.logits - logits) + scale - self.scale
        return divergence.clamp(min=0.0)  # a divergence of nothing can fall below zero by rounding


def _measure(logits: Tensor, watched: list[int], final: _Final) -> dict[str, Tensor]:
    import torch

    scale = logits.logsumexp(-1)
    top = logits.topk(GUESSES)
    followed = logits[:, watched]
    ranks = [(logits > followed[:, each, None]).sum(-1) + 1 for each in range(len(watched))]
    return {
        "token_ids": top.indices,
        "probabilities": (top.values - scale[:, None]).exp(),
        "watched_probabilities": (followed - scale[:, None]).exp(),
        "watched_ranks": torch.stack(ranks, dim=-1),
        "kl_final_nats": final.divergence(logits, scale),
    }
