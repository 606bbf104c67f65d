"""Which words a part pushes: its direct effect on the scores of all tokens, by head, neuron or sublayer.

As in `components.inside.attribution` the scale of each norm above is frozen, so that a part alone has an effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from components.inside.arithmetic import Array, Norm, array, linear, matrix
from components.inside.errors import NoSuchPart
from components.inside.lens import in_parts, largest
from components.inside.reading import Pass, require_position
from components.models.sublayers import Sublayer

WORDS: Final = 5
NEURONS: Final = 5


@dataclass(frozen=True)
class Push:
    """What one vector does to the scores.

    Attributes
    ----------
    number
        Of the head or neuron.
    strength
        Of a neuron how active it is, of a head the length of its vector.
    up, down
        Ids of the tokens that it pushes most, with the change of their score, strongest first.
    watched
        The change of the scores of the tokens that were asked for.
    """

    number: int
    strength: float
    up: tuple[tuple[int, float], ...]
    down: tuple[tuple[int, float], ...]
    watched: tuple[float, ...] = ()


def heads_push(done: Pass, row: str, position: int, *, watched: Sequence[int] = ()) -> tuple[Push, ...]:
    """Return what each head of an attention pushes at a position, in their order.

    Raises
    ------
    NoSuchPart, NoSuchPosition
        If there is no such attention or token.
    """
    sublayer = _sublayer(done, row, position)
    if sublayer.part == "mlp":
        raise NoSuchPart(part=row, allowed=", ".join(each for each in done.rows if not each.startswith("mlp")))
    vectors = head_vectors(done, sublayer, position)
    scores = push_to_scores(done, sublayer, position, vectors)
    return _pushes(scores, range(len(vectors)), np.linalg.norm(vectors, axis=-1), watched)


def neurons_push(
    done: Pass, row: str, position: int, count: int = NEURONS, *, watched: Sequence[int] = ()
) -> tuple[Push, ...]:
    """Return what the strongest neurons of an MLP push: those that add the longest vectors, longest first.

    Raises
    ------
    NoSuchPart, NoSuchPosition
        If there is no such MLP or token.
    """
    sublayer = _sublayer(done, row, position)
    if sublayer.part != "mlp":
        raise NoSuchPart(part=row, allowed=", ".join(each for each in done.rows if each.startswith("mlp")))
    neurons = array(done.trace.mixed[row][0, position]).astype(np.float64)
    weights = matrix(sublayer.output)
    order = np.argsort(-np.abs(neurons) * np.linalg.norm(weights, axis=-1), kind="stable")[:count]
    vectors = neurons[order, None] * weights[order]
    scores = push_to_scores(done, sublayer, position, vectors)
    return _pushes(scores, order.tolist(), neurons[order], watched)


def sublayer_effect(done: Pass, row: str, position: int, tokens: Sequence[int]) -> tuple[float, ...]:
    """Return how much a whole sublayer changes the scores of some tokens at a position.

    Raises
    ------
    NoSuchPart, NoSuchPosition
        If there is no such sublayer or token.
    """
    sublayer = _sublayer(done, row, position)
    added = array(done.added[row][position]).astype(np.float64)[None]
    return tuple(push_to_scores(done, sublayer, position, added, is_added=True, tokens=tokens)[0].tolist())


def head_vectors(done: Pass, sublayer: Sublayer, position: int) -> Array:
    """Return what each head adds, before a norm of the sum, `[head, width]`; the output's bias belongs to none."""
    mixed = array(done.trace.mixed[sublayer.row][0, position]).astype(np.float64)
    heads = done.loaded.model.config.num_attention_heads
    weights = matrix(sublayer.output).astype(np.float64)
    vectors: Array = np.einsum("hd,hdw->hw", mixed.reshape(heads, -1), weights.reshape(heads, -1, weights.shape[-1]))
    return vectors


def push_to_scores(
    done: Pass,
    sublayer: Sublayer,
    position: int,
    vectors: Array,
    *,
    is_added: bool = False,
    tokens: Sequence[int] | None = None,
) -> Array:
    """Return what vectors that a sublayer adds do to the scores, `[vector, token]`.

    Parameters
    ----------
    vectors
        `[vector, width]`.
    is_added
        Whether they have gone through the norm of what the sublayer adds (Gemma 2 and 3).
    tokens
        Whose scores; None for the whole vocabulary.
    """
    import torch

    layout = done.layout
    pushed = vectors
    if sublayer.norm_branch is not None and not is_added:
        together = linear(sublayer.output, array(done.trace.mixed[sublayer.row][0, position]).astype(np.float64))
        pushed = Norm.of(sublayer.norm_branch).push(pushed, together)
    start = layout.sublayers.index(sublayer)
    for number, above in enumerate(layout.sublayers[start:], start=start):
        if above.norm_out is not None:
            whole = array(done.streams[done.rows[number]][position]) + array(done.added[above.row][position])
            pushed = Norm.of(above.norm_out).push(pushed, whole)
    last = array(done.streams[done.rows[-1]][position])
    if layout.final_norm is not None:
        pushed = Norm.of(layout.final_norm).push(pushed, last)
    pushed = pushed * layout.scale_out
    if layout.transform is not None:
        with torch.inference_mode():
            entering = linear(layout.transform.dense, last.astype(np.float64))
            left = array(layout.transform.activation(torch.from_numpy(entering)))
        share = np.divide(left, entering, out=np.zeros_like(left), where=entering != 0)
        pushed = pushed @ matrix(layout.transform.dense) * share
        pushed = Norm.of(layout.transform.norm).push(pushed, left)
    table, vectors = matrix(layout.head), pushed.astype(np.float32)
    scores: Array = _times_all(table, vectors) if tokens is None else vectors @ table[:, list(tokens)]
    return scores


def _times_all(table: Array, vectors: Array) -> Array:
    """Return `vectors @ table`; NumPy takes half as long again."""
    import torch

    few, rows = torch.from_numpy(vectors), torch.from_numpy(table.T)
    scores: Array = in_parts(lambda part: torch.nn.functional.linear(few, rows[part]), len(rows)).numpy()
    return scores


def _sublayer(done: Pass, row: str, position: int) -> Sublayer:
    if not done.trace.mixed:
        raise ValueError("what a part writes needs a pass in detail: run(..., in_detail=True)")
    require_position(done.given, position)
    if row not in done.rows[1:]:
        raise NoSuchPart(part=row, allowed=f"{done.rows[1]} – {done.rows[-1]}")
    return done.layout.sublayer(row)


def _pushes(scores: Array, numbers: Iterable[int], strengths: Array, watched: Sequence[int]) -> tuple[Push, ...]:
    up, down = _words(scores), _words(-scores)
    return tuple(
        Push(
            number,
            float(strengths[place]),
            up[place],
            tuple((token, -score) for token, score in down[place]),
            tuple(float(scores[place, each]) for each in watched),
        )
        for place, number in enumerate(numbers)
    )


def _words(scores: Array) -> list[tuple[tuple[int, float], ...]]:
    """Return the tokens with the largest scores of each vector, largest first."""
    import torch

    values, ids = largest(torch.from_numpy(scores), WORDS)
    return [tuple(zip(*each, strict=True)) for each in zip(ids.tolist(), values.tolist(), strict=True)]
