"""Heads whose pattern is like this one's."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.attention.metrics import row_entropies
from components.attention.record import Attention


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
    for number in range(attention.layers):  # one layer at a time: all at once are 300 MB at 512 tokens
        others = attention.of_layer(number)[:, rows].astype(np.float64)
        divergences = row_entropies((others + wanted) / 2) - (row_entropies(others) + own) / 2
        distances.append(divergences.mean(axis=-1) / np.log(2))
    return np.asarray(np.clip(np.stack(distances), 0.0, 1.0))


def similar_heads(attention: Attention, layer: int, head: int, *, count: int = 5) -> tuple[SimilarHead, ...]:
    """Return the heads with the most similar patterns on this text, nearest first, without the head itself."""
    distances = pattern_distances(attention, layer, head)
    order = np.argsort(distances, axis=None, kind="stable")
    heads = [(int(i) // attention.heads, int(i) % attention.heads) for i in order]
    found = [SimilarHead(*each, distance=float(distances[each])) for each in heads if each != (layer, head)]
    return tuple(found[:count])
