"""What a head's pattern looks like, in numbers: how spread out it is, how far it reaches, what it lands on.

Entropy follows Clark et al. 2019 (arXiv 1906.04341), mean distance Vig and Belinkov 2019 (1906.04284). Two traps are
avoided. A causal row i has only i + 1 keys, so an even causal head would seem focused beside ln(n): each row is
divided by the logarithm of the number of keys it can see. And row 0 of a decoder is [1, 0, 0, ...] by definition: it
says nothing about the head and is left out wherever it would count as a finding.

These numbers belong to one text. What a head does in general is measured in `components.attention.roles`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.attention.record import Attention
from components.models.inputs import Token

MOST_WEIGHTS_AT_ONCE: Final = 2**18
"""2 MB in float64: of a short text all layers together, of a long one each by itself."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class HeadMetrics:
    """One number a head, each array `[layer, head]`. NaN where the number has no meaning for this text or model.

    Attributes
    ----------
    entropy_nats
        Mean over the rows of the entropy of a row.
    entropy
        The same, each row divided by the entropy of an even spread over what it can see: 0 looks at one token, 1 at
        all alike.
    mean_distance
        How many tokens away the attention lands on average.
    previous_token, next_token, first_token, itself
        Mean weight on the token before, the token after (never in a decoder), the first one, the same position.
    separator
        Mean weight on the special tokens after the first position together ([SEP], </s>).
    same_token
        Mean weight on the other places where the same token stands, over the tokens that have such places.
    sink
        Mean share of the learned sink beside the tokens (gpt-oss), which then counts in the entropies as one thing more
        to look at.
    """

    entropy_nats: Floats
    entropy: Floats
    mean_distance: Floats
    previous_token: Floats
    next_token: Floats
    first_token: Floats
    itself: Floats
    separator: Floats
    same_token: Floats
    sink: Floats

    def rows(self) -> list[dict[str, float | int | None]]:
        """Return one JSON-ready row a head; None for NaN, which JSON does not have."""
        layers, heads = self.entropy.shape
        return [
            {"layer": layer, "head": head}
            | {
                field.name: None if np.isnan(value := getattr(self, field.name)[layer, head]) else float(value)
                for field in fields(self)
            }
            for layer in range(layers)
            for head in range(heads)
        ]


def head_metrics(attention: Attention) -> HeadMetrics:
    """Measure every head of one kind of attention on its text.

    In cross-attention query and key stand in different texts: only the entropies have a meaning there.
    """
    layers = [_layer(attention, layer) for layer in range(attention.layers)]
    return HeadMetrics(**{name: np.stack([layer[name] for layer in layers]) for name in layers[0]})


def row_entropies(weights: NDArray[Any]) -> Floats:
    """Return the entropy of each row in nats; 0 ln 0 is 0."""
    exact = weights.astype(np.float64)
    logarithms = np.log(exact, out=np.zeros_like(exact), where=exact > 0)
    return np.asarray(-(exact * logarithms).sum(axis=-1))


def _layer(attention: Attention, layer: int) -> dict[str, Floats]:
    weights = attention.of_layer(layer).astype(np.float64)
    entropies = row_entropies(weights)
    seen = attention.visible[layer].sum(axis=-1)
    nothing = np.full(attention.heads, np.nan)
    sink = nothing
    if attention.sink_share is not None:
        shares = attention.sink_share[layer].astype(np.float64)
        entropies, seen, sink = entropies + row_entropies(shares[..., None]), seen + 1, shares.mean(axis=-1)
    several = seen > 1
    metrics = {
        "entropy_nats": entropies.mean(axis=-1),
        "entropy": _row_mean(entropies[:, several] / np.log(seen[several])),
        "sink": sink,
    }
    if attention.kind == "cross":
        positional = [field.name for field in fields(HeadMetrics) if field.name not in metrics]
        return metrics | dict.fromkeys(positional, nothing)
    first_row = 1 if attention.causal else 0
    position = np.arange(weights.shape[-1])
    distance = np.abs(position[:, None] - position[None, :])
    separators = np.array([token.special and index > 0 for index, token in enumerate(attention.key_tokens)])
    twins = _twins(attention.key_tokens) & attention.visible[layer]
    return metrics | {
        "mean_distance": (weights * distance).sum(axis=-1).mean(axis=-1),
        "previous_token": _row_mean(weights.diagonal(-1, axis1=1, axis2=2)),
        "next_token": nothing if attention.causal else _row_mean(weights.diagonal(1, axis1=1, axis2=2)),
        "first_token": _row_mean(weights[:, 1:, 0]),
        "itself": _row_mean(weights.diagonal(axis1=1, axis2=2)[:, first_row:]),
        "separator": _row_mean(weights[:, first_row:, separators].sum(axis=-1)) if separators.any() else nothing,
        "same_token": _row_mean((weights * twins).sum(axis=-1)[:, twins.any(axis=-1)]),
    }


def _twins(tokens: Sequence[Token]) -> NDArray[np.bool_]:
    """Return `[query, key]`: the same token at another position."""
    ids = np.array([token.id for token in tokens])
    twins: NDArray[np.bool_] = (ids[:, None] == ids[None, :]) & ~np.eye(len(ids), dtype=np.bool_)
    return twins


def _row_mean(values: NDArray[np.float64]) -> Floats:
    """Return the mean over the last axis, NaN where it is empty (NumPy would warn)."""
    if values.shape[-1] == 0:
        return np.full(values.shape[:-1], np.nan)
    mean: Floats = values.mean(axis=-1)
    return mean


@dataclass(frozen=True)
class SimilarHead:
    """A head and how far its pattern is from the one asked for.

    Attributes
    ----------
    distance
        Jensen-Shannon divergence in bits, averaged over the rows: 0 for the same pattern, 1 for heads that never look
        at the same token.
    """

    layer: int
    head: int
    distance: float


def pattern_distances(attention: Attention, layer: int, head: int) -> NDArray[np.float64]:
    """Return the distance of every head's pattern on this text to one head's, `[layer, head]`."""
    # Row 0 of a decoder is [1, 0, ...] for every head: it would make all heads alike.
    rows = slice(1 if attention.causal and len(attention.query_tokens) > 1 else 0, None)
    wanted = attention.of_head(layer, head)[rows].astype(np.float64)
    own = row_entropies(wanted)
    distances = []
    at_once = max(1, MOST_WEIGHTS_AT_ONCE // (attention.heads * wanted.size))
    for first in range(0, attention.layers, at_once):
        layers = range(first, min(first + at_once, attention.layers))
        others = np.concatenate([attention.of_layer(number)[:, rows] for number in layers]).astype(np.float64)
        divergences = row_entropies((others + wanted) / 2) - (row_entropies(others) + own) / 2
        distances.append(divergences.mean(axis=-1) / np.log(2))
    return np.asarray(np.clip(np.concatenate(distances).reshape(attention.layers, -1), 0.0, 1.0))


def similar_heads(attention: Attention, layer: int, head: int, *, count: int = 5) -> tuple[SimilarHead, ...]:
    """Return the heads with the most similar patterns on this text, nearest first, without the head itself."""
    distances = pattern_distances(attention, layer, head)
    order = np.argsort(distances, axis=None, kind="stable")
    heads = [(int(i) // attention.heads, int(i) % attention.heads) for i in order]
    found = [SimilarHead(*each, distance=float(distances[each])) for each in heads if each != (layer, head)]
    return tuple(found[:count])
