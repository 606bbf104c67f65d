"""The logit lens: what the model would say if it stopped after each sublayer.

Each row of the residual stream goes through the model's own output layer, final norm included (nostalgebraist 2020).
A lens reads early rows through the glasses of the last layer; what it finds there is not what these rows mean to the
next layer (Belrose et al. 2023, arXiv 2303.08112).

The streams are those between the blocks, read by `components.models.tracing`. The last hidden state that transformers
returns for GPT-2, Llama and T5 is normed already, and reading it out would norm it twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from components.inside.reading import Pass
from components.models.sublayers import EMBEDDING

if TYPE_CHECKING:
    from torch import Tensor

GUESSES: Final = 5
SCORES_A_PRODUCT: Final = 2**19
"""2 MB: still in the processor's cache when they are counted."""
LEAST_TOKENS_A_PRODUCT: Final = 256


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
    done: Pass, watched: Sequence[int], *, row_by_row: bool = False, checkpoint: Callable[[], None] = lambda: None
) -> Lens:
    """Read every row of a pass out.

    Parameters
    ----------
    watched
        Ids of the tokens to follow, at least one.
    row_by_row
        Whether each row is read as the model reads its last one, and as an exported notebook does: two nearly equal
        scores then have the same order. Takes twice as long.
    checkpoint
        Called before each product; may raise to stop.
    """
    import torch

    rows = done.rows[:-1]
    with torch.inference_mode():
        checkpoint()
        logits = done.logits.float()
        final = _Final.of(logits)
        together, columns = [[row] for row in rows], done.vocabulary
        if not row_by_row:
            together, columns = [list(rows)], SCORES_A_PRODUCT // (len(rows) * len(done.tokens))
        columns = max(columns, LEAST_TOKENS_A_PRODUCT)
        read = [_read_rows(done, each, watched, final, columns=columns, checkpoint=checkpoint) for each in together]
        # not read again: another shape may round in another way than the model's
        counted = _Counted(final, logits[None, :, list(watched)], watched)
        counted.take(0, logits[None])
        read.append(counted.result())
        norms = {
            "added_norms": [done.streams[row] if row == EMBEDDING else done.added[row] for row in done.rows],
            "stream_norms": [done.streams[row] for row in done.rows],
        }
        found = {name: torch.cat([each[name] for each in read]).cpu().numpy() for name in read[0]} | {
            name: torch.stack(vectors).float().norm(dim=-1).cpu().numpy() for name, vectors in norms.items()
        }
    return Lens(done.rows, tuple(watched), **found)


def _read_rows(
    done: Pass,
    rows: Sequence[str],
    watched: Sequence[int],
    final: _Final,
    *,
    columns: int,
    checkpoint: Callable[[], None],
) -> dict[str, Tensor]:
    """Read rows out together, `columns` tokens of the vocabulary at a time: see `_Counted`."""
    import torch

    layout = done.layout
    vectors = layout.before_head(torch.stack([done.streams[row] for row in rows]))
    counted = _Counted(final, layout.scores_of(list(watched), vectors).float(), watched)
    for start in range(0, done.vocabulary, columns):
        checkpoint()
        counted.take(start, layout.scores_of(slice(start, start + columns), vectors).float())
    return counted.result()


def best_guesses(done: Pass, position: int, count: int = GUESSES) -> list[tuple[int, float, float]]:
    """Return id, logit and probability of the model's best guesses at a position, best first."""
    logits = done.logits_at(position).double().cpu()
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


class _Counted:
    """What is read off the scores of some rows, which come a piece of the vocabulary at a time."""

    def __init__(self, final: _Final, followed: Tensor, watched: Sequence[int]) -> None:
        import torch

        self._final, self._followed, self._watched = final, followed, watched
        self._above = torch.zeros_like(followed, dtype=torch.int64)
        self._scales: list[Tensor] = []
        self._best: list[tuple[Tensor, Tensor]] = []
        self._moved = torch.zeros_like(followed[..., 0])

    def take(self, start: int, logits: Tensor) -> None:
        """Count scores of the tokens from `start` on, `[row, position, token]`."""
        import torch

        end = start + logits.shape[-1]
        self._scales.append(logits.logsumexp(-1))
        best = logits.topk(min(GUESSES, end - start))
        self._best.append((best.values, best.indices + start))
        for number, token in enumerate(self._watched):
            followed = self._followed[..., number, None]
            self._above[..., number] += (logits > followed).count_nonzero(-1)
            if start <= token < end:  # computed in another shape, it may lie a rounding above itself
                self._above[..., number] -= (logits[..., token - start, None] > followed).squeeze(-1).long()
        # the sum of p (log p - log q), with one pass over the vocabulary
        lost = self._final.logits[:, start:end] - logits
        self._moved += torch.linalg.vecdot(self._final.shares[:, start:end], lost)

    def result(self) -> dict[str, Tensor]:
        """Return what was counted, `[row, position, ...]`, by the names of `Lens`."""
        import torch

        scale = torch.stack(self._scales).logsumexp(0)
        values, ids = (torch.cat(each, dim=-1) for each in zip(*self._best, strict=True))
        top = values.topk(GUESSES)
        return {
            "token_ids": ids.gather(-1, top.indices),
            "probabilities": (top.values - scale[..., None]).exp(),
            "watched_probabilities": (self._followed - scale[..., None]).exp(),
            "watched_ranks": self._above + 1,
            # a divergence of nothing can fall below zero by rounding
            "kl_final_nats": (self._moved + scale - self._final.scale).clamp(min=0.0),
        }
