"""The logit lens: what the model would say if it stopped after each sublayer.

Each row of the residual stream goes through the model's own output layer, final norm included (nostalgebraist 2020).
A lens reads early rows through the glasses of the last layer; what it finds there is not what these rows mean to the
next layer (Belrose et al. 2023, arXiv 2303.08112).

The streams are those between the blocks, read by `components.models.tracing`. The last hidden state that transformers
returns for GPT-2, Llama and T5 is normed already, and reading it out would norm it twice.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from cachetools import LRUCache
from cachetools import cached as remembered
from numpy.typing import NDArray

from components.inside.reading import Pass
from components.models.runtime import has_free_core
from components.models.sublayers import EMBEDDING, Layout

if TYPE_CHECKING:
    from torch import Tensor

GUESSES: Final = 5
SCORES_A_PRODUCT: Final = 2**21
"""8 MB: the fewer steps, the less often a reader waits for the interpreter while other pages are drawn."""
LEAST_TOKENS_A_PRODUCT: Final = 256
MOST_TOKENS_A_PRODUCT: Final = 8192
"""With few vectors: a product with a larger part of the table takes up to twice as long."""
FEW_VECTORS: Final = 16
FEW_TOKENS_A_PRODUCT: Final = 1024
"""With fewer vectors than `FEW_VECTORS`: see `in_parts`."""
TOKENS_A_BLOCK: Final = 64
"""Of which only the largest score is looked at, before the best are searched in the best blocks."""


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
    watched_probabilities
        `[row, position, watched]`.
    watched_ranks
        `[row, position]`, of the first of the watched tokens; the rank of the best token is 1.
    kl_final_nats
        `[row, position]`, KL(the model's prediction || this row's). Only an export asks for it: None of a lens that is
        not read row by row.
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
    kl_final_nats: NDArray[np.float32] | None
    added_norms: NDArray[np.float32]
    stream_norms: NDArray[np.float32]


def read_lens(
    done: Pass, watched: Sequence[int], *, row_by_row: bool = False, checkpoint: Callable[[], None] = lambda: None
) -> Lens:
    """Read every row of a pass out.

    Parameters
    ----------
    watched
        Ids of the tokens to follow, at least one; of the first also the ranks.
    row_by_row
        Whether each row is read as the model reads its last one, and as an exported notebook does: two nearly equal
        scores then have the same order. Takes twice as long.
    checkpoint
        Called before each product; may raise to stop.
    """
    import torch

    # the last row by itself, as the model reads it: in a product of another shape it may round in another way
    together = [[row] for row in done.rows] if row_by_row else [list(done.rows[:-1]), [done.rows[-1]]]
    with torch.inference_mode():
        checkpoint()
        final = _Final.of(done.logits.float()) if row_by_row else None
        readings = [_Reading(done, rows, watched, final) for rows in together]
        for some in [[each] for each in readings] if row_by_row else [readings]:  # not the scores of all rows at once
            for phase in (_Reading.first_steps, _Reading.steps):
                _do_side_by_side([step for reading in some for step in phase(reading)], checkpoint)
        read = [reading.result() for reading in readings]
        norms = {
            "added_norms": [done.streams[row] if row == EMBEDDING else done.added[row] for row in done.rows],
            "stream_norms": [done.streams[row] for row in done.rows],
        }
        found = {name: torch.cat([each[name] for each in read]).cpu().numpy() for name in read[0]} | {
            name: torch.stack(vectors).float().norm(dim=-1).cpu().numpy() for name, vectors in norms.items()
        }
    return Lens(done.rows, tuple(watched), **{"kl_final_nats": None, **found})


def _do_side_by_side(steps: Sequence[_Step], checkpoint: Callable[[], None]) -> None:
    """Do all steps, in any order, on two cores where models leave one free."""
    import torch

    left = iter(steps)
    stopped = threading.Event()

    def work(checkpoint: Callable[[], None]) -> None:
        room = _Room()
        with torch.inference_mode():
            while not stopped.is_set() and (step := next(left, None)) is not None:
                checkpoint()
                step(room)

    if len(steps) == 1 or not has_free_core():
        work(checkpoint)
        return
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(work, lambda: None)
        try:
            work(checkpoint)
        finally:
            stopped.set()
        other.result()


def _same_product(layout: Layout, vectors: int) -> tuple[object, ...]:
    weight: Any = layout.head.weight
    return vectors, weight.shape, weight.dtype, weight.device, layout.head.bias is None


@remembered(LRUCache(256), key=_same_product, lock=threading.Lock())
def _has_the_bits_in_parts(layout: Layout, vectors: int) -> bool:
    """Return whether few vectors have bit for bit the same scores in parts of the vocabulary as in all of it.

    The order in which a library adds up depends on the processor and the shape, not on the numbers: one try tells.
    """
    import torch

    if vectors >= FEW_VECTORS:
        return False  # the product with all of the table takes no longer
    weight: Any = layout.head.weight
    tried = torch.randn(1, vectors, weight.shape[1], generator=torch.Generator().manual_seed(0)).to(weight)
    return torch.equal(_scores_in_parts(layout, tried), layout.scores_of(slice(None), tried))


def _scores_in_parts(layout: Layout, vectors: Tensor) -> Tensor:
    weight: Any = layout.head.weight
    return in_parts(lambda part: layout.scores_of(part, vectors), len(weight))


def in_parts(scores_of: Callable[[slice], Tensor], tokens: int) -> Tensor:
    """Return the scores of all tokens for a few vectors, `[..., token]`, computed for one part of the tokens at a time.

    A product of fewer than `FEW_VECTORS` with all of a vocabulary takes up to three times as long.
    """
    import torch

    starts = range(0, tokens, FEW_TOKENS_A_PRODUCT)
    return torch.cat([scores_of(slice(start, start + FEW_TOKENS_A_PRODUCT)) for start in starts], dim=-1)


def largest(scores: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Return the largest of `[..., token]` and where they are, largest first: as `topk`, but of many scores sooner."""
    import torch

    width = scores.shape[-1]
    whole = width // TOKENS_A_BLOCK * TOKENS_A_BLOCK
    if whole < 2 * count * TOKENS_A_BLOCK:
        found = scores.topk(min(count, width))
        return found.values, found.indices
    # no token outside the blocks with the largest maxima can be among the best
    maxima = scores[..., :whole].view(*scores.shape[:-1], -1, TOKENS_A_BLOCK).amax(-1)
    blocks = maxima.topk(count).indices
    places = (blocks[..., None] * TOKENS_A_BLOCK + torch.arange(TOKENS_A_BLOCK, device=scores.device)).flatten(-2)
    if whole < width:
        left = torch.arange(whole, width, device=scores.device).expand(*scores.shape[:-1], -1)
        places = torch.cat([places, left], dim=-1)
    found = scores.gather(-1, places).topk(count)
    return found.values, places.gather(-1, found.indices)


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


class _Room:
    """Memory that the steps of a thread use one after the other: a new piece for each would leave the cache."""

    _tensor: Tensor | None = None

    def like(self, scores: Tensor) -> Tensor:
        """Return room for as many numbers."""
        if self._tensor is None or self._tensor.shape != scores.shape:
            self._tensor = scores.new_empty(scores.shape)
        return self._tensor


_Step = Callable[[_Room], None]


@dataclass(frozen=True, eq=False)
class _Piece:
    """What is read off the scores of a piece of the vocabulary, `[row, position, ...]`."""

    values: Tensor
    ids: Tensor
    raised: Tensor
    """The sum of exp(score - the best of them)."""
    above: Tensor
    moved: Tensor | None


class _Reading:
    """Rows that are read out together, a piece of the vocabulary at a time; one row with the bits of the model's."""

    def __init__(self, done: Pass, rows: Sequence[str], watched: Sequence[int], final: _Final | None) -> None:
        import torch

        self._layout, self._watched, self._final, self._vocabulary = done.layout, watched, final, done.vocabulary
        self._vectors = done.layout.before_head(torch.stack([done.streams[row] for row in rows]))
        tokens = min(SCORES_A_PRODUCT // (len(rows) * len(done.tokens)), MOST_TOKENS_A_PRODUCT)
        self._tokens = self._vocabulary if len(rows) == 1 else max(tokens, LEAST_TOKENS_A_PRODUCT)
        self._in_parts = len(rows) == 1 and _has_the_bits_in_parts(done.layout, len(done.tokens))
        self._held: dict[int, Tensor] = {}
        self._followed = self._vectors.new_empty(0)
        self._pieces: dict[int, _Piece] = {}

    def first_steps(self) -> list[_Step]:
        """Return how the scores of the watched tokens are found, to do before `steps`."""
        # a score of the same product in another shape may lie a rounding above or below itself
        return [partial(self._hold, start) for start in {self._start_of(token) for token in self._watched}]

    def steps(self) -> list[_Step]:
        """Return how the scores of all tokens are counted, in any order."""
        import torch

        found = [self._held[self._start_of(token)][..., token % self._tokens] for token in self._watched]
        self._followed = torch.stack(found, dim=-1)
        return [partial(self._count, start) for start in range(0, self._vocabulary, self._tokens)]

    def _start_of(self, token: int) -> int:
        return token // self._tokens * self._tokens

    def _scores(self, start: int) -> Tensor:
        if self._in_parts:
            return _scores_in_parts(self._layout, self._vectors).float()
        return self._layout.scores_of(slice(start, start + self._tokens), self._vectors).float()

    def _hold(self, start: int, _room: _Room) -> None:
        self._held[start] = self._scores(start)

    def _count(self, start: int, room: _Room) -> None:
        import torch

        scores = self._held.pop(start) if start in self._held else self._scores(start)
        end, space = start + scores.shape[-1], room.like(scores)
        values, places = largest(scores, GUESSES)
        raised = torch.sub(scores, values[..., :1], out=space).exp_().sum(-1)
        # ones and zeros as floats: they are summed four times as fast as truth values are counted
        above = torch.gt(scores, self._followed[..., :1], out=space).sum(-1).long()
        moved = None
        if self._final is not None:  # the sum of p (log p - log q), with one pass over the vocabulary
            lost = torch.sub(self._final.logits[:, start:end], scores, out=space)
            moved = torch.linalg.vecdot(self._final.shares[:, start:end], lost)
        self._pieces[start] = _Piece(values, places + start, raised, above, moved)

    def result(self) -> dict[str, Tensor]:
        """Return what was counted, `[row, position, ...]`, by the names of `Lens`."""
        import torch

        pieces = [self._pieces[start] for start in sorted(self._pieces)]
        values, ids = (torch.cat([getattr(piece, name) for piece in pieces], dim=-1) for name in ("values", "ids"))
        top = values.topk(GUESSES)
        best = top.values[..., 0]
        total = torch.stack([piece.raised * (piece.values[..., 0] - best).exp() for piece in pieces]).sum(0)
        found = {
            "token_ids": ids.gather(-1, top.indices),
            # a logarithm of the sum would be rounded as the scores are, and these can be large
            "probabilities": (top.values - best[..., None]).exp() / total[..., None],
            "watched_probabilities": (self._followed - best[..., None]).exp() / total[..., None],
            "watched_ranks": torch.stack([piece.above for piece in pieces]).sum(0) + 1,
        }
        if self._final is not None:  # a divergence of nothing can fall below zero by rounding
            moved = torch.stack([piece.moved for piece in pieces if piece.moved is not None]).sum(0)
            found["kl_final_nats"] = (moved + best + total.log() - self._final.scale).clamp(min=0.0)
        return found
