"""Direct effects: what each part of a model adds to one logit, and to another.

The last vector of the residual stream is a sum: embedding, heads, MLPs, biases. What follows is nearly linear, and is
made so by freezing what is not: the scale of each norm, and in BERT's output layer the share that GELU lets through.
Then the effects of the parts add up to the logits (Elhage et al. 2021; Wang et al. 2022, arXiv 2211.00593).

In post-norm models (BERT) a part goes through all norms above it, each with its scale frozen. A direct effect leaves
out what a part does through others: what later heads and MLPs make of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from components.inside.arithmetic import Array, Norm, array, bias, linear, matrix
from components.inside.reading import Pass, require_position
from components.models.sublayers import EMBEDDING, Sublayer, Transform

Kind = Literal["embedding", "attention", "cross", "mlp", "bias"]

MOST_ERROR: Final = 1e-3
"""How far the sum of the effects may miss the model's own difference of two logits."""


@dataclass(frozen=True)
class Effect:
    """What one part adds to the two logits.

    Attributes
    ----------
    name
        "embedding", "attention.5.10" (a head), "mlp.4", or of a bias where it is: "attention.5", "final_norm", "head".
    """

    part: Kind
    name: str
    layer: int | None
    head: int | None
    to_watched: float
    to_other: float

    @property
    def difference(self) -> float:
        """To the watched logit minus to the other."""
        return self.to_watched - self.to_other


@dataclass(frozen=True)
class Attribution:
    """The direct effects of all parts at one position.

    Attributes
    ----------
    effects
        In the order of the computation, biases of the output layer last.
    watched_logit, other_logit
        The model's own; where it caps its logits (Gemma 2) those before, since a cap is no sum.
    """

    position: int
    watched: int
    other: int
    effects: tuple[Effect, ...]
    watched_logit: float
    other_logit: float

    @property
    def difference(self) -> float:
        """The difference that the effects explain."""
        return self.watched_logit - self.other_logit

    @property
    def missing(self) -> float:
        """The difference minus the sum of the effects: what rounding leaves."""
        return self.difference - sum(effect.difference for effect in self.effects)


def attribute(done: Pass, position: int, watched: int, other: int) -> Attribution:
    """Return the direct effect of every part on two logits.

    Parameters
    ----------
    done
        A pass in detail.
    watched, other
        Ids of the two tokens.

    Raises
    ------
    NoSuchPosition
        If the text has no such token.
    ValueError
        If the pass was not in detail.
    """
    import torch

    require_position(done.given, position)
    if not done.trace.mixed:
        raise ValueError("direct effects need a pass in detail: run(..., in_detail=True)")
    with torch.inference_mode():
        effects = list(_effects(done, position, [watched, other]))
        logits = done.layout.read_out(done.streams[done.rows[-1]][None, position])[0].double().cpu()
    effects.sort(key=lambda effect: _place(done, effect))
    cap = done.layout.soft_cap
    before = [
        float(logits[each]) if cap is None else float(np.arctanh(float(logits[each]) / cap) * cap)
        for each in (watched, other)
    ]
    return Attribution(position, watched, other, tuple(effects), before[0], before[1])


def _effects(done: Pass, position: int, ids: list[int]) -> Iterator[Effect]:
    layout = done.layout
    stream = _vector(done, done.rows[-1], position)
    directions, above = array(layout.head.weight[ids]).astype(np.float64), bias(layout.head)  # type: ignore[index]
    if above is not None:
        yield _bias("head", None, above[ids].astype(np.float64))
    if layout.transform is not None:
        directions, given = _through_transform(layout.transform, directions, stream)
        yield _bias("transform", None, given)
    directions = directions * layout.scale_out
    if layout.final_norm is not None:
        directions, given = Norm.of(layout.final_norm).pull_back(directions, stream)
        yield _bias("final_norm", None, given)
    for number in range(len(layout.sublayers) - 1, -1, -1):
        sublayer = layout.sublayers[number]
        if sublayer.norm_out is not None:
            summed = _vector(done, done.rows[number], position) + _added(done, sublayer, position)
            directions, given = Norm.of(sublayer.norm_out).pull_back(directions, summed)
            yield _bias(f"{sublayer.row}.norm", sublayer.layer, given)
        yield from _effects_of(done, sublayer, position, directions)
    yield _effect("embedding", EMBEDDING, None, None, directions @ _vector(done, EMBEDDING, position))


def _effects_of(done: Pass, sublayer: Sublayer, position: int, directions: Array) -> Iterator[Effect]:
    if sublayer.part == "mlp":
        given = directions @ _added(done, sublayer, position)
        yield _effect("mlp", sublayer.row, sublayer.layer, None, given)
        return
    mixed = array(done.trace.mixed[sublayer.row][0, position]).astype(np.float64)
    if sublayer.norm_branch is not None:
        # float64 goes in: the norm's scale is that of what the heads add together
        together = linear(sublayer.output, mixed)
        directions, given = Norm.of(sublayer.norm_branch).pull_back(directions, together)
        if given.any():
            yield _bias(f"{sublayer.row}.norm", sublayer.layer, given)
    heads = done.loaded.model.config.num_attention_heads
    back = directions @ matrix(sublayer.output).T.astype(np.float64)  # [direction, head * dim]
    each = (back * mixed).reshape(2, heads, -1).sum(axis=-1)
    for head in range(heads):
        yield _effect(sublayer.part, f"{sublayer.row}.{head}", sublayer.layer, head, each[:, head])
    added = bias(sublayer.output)
    if added is not None:
        yield _bias(sublayer.row, sublayer.layer, directions @ added.astype(np.float64))


def _through_transform(transform: Transform, directions: Array, stream: Array) -> tuple[Array, Array]:
    """Pull directions back through BERT's output layer, with GELU's share of each number frozen."""
    import torch

    entering = linear(transform.dense, stream)
    left = array(transform.activation(torch.from_numpy(entering))).astype(np.float64)
    share = np.divide(left, entering, out=np.zeros_like(left), where=entering != 0)
    directions, given = Norm.of(transform.norm).pull_back(directions, left)
    directions = directions * share
    added = bias(transform.dense)
    if added is not None:
        given = given + directions @ added.astype(np.float64)
    return directions @ matrix(transform.dense).T.astype(np.float64), given


def _vector(done: Pass, row: str, position: int) -> Array:
    return array(done.streams[row][position]).astype(np.float64)


def _added(done: Pass, sublayer: Sublayer, position: int) -> Array:
    return array(done.added[sublayer.row][position]).astype(np.float64)


def _bias(name: str, layer: int | None, given: Array) -> Effect:
    return _effect("bias", name, layer, None, given)


def _effect(part: Kind, name: str, layer: int | None, head: int | None, given: Array) -> Effect:
    return Effect(part, name, layer, head, float(given[0]), float(given[1]))


def _place(done: Pass, effect: Effect) -> tuple[int, int]:
    """Return where an effect is in the computation: by row, heads before the biases."""
    row = ".".join(effect.name.split(".")[:2])
    number = done.rows.index(row) if row in done.rows else len(done.rows)
    return number, -1 if effect.part == "embedding" else 10_000 if effect.head is None else effect.head
