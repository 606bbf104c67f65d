"""Attention made by hand, so that every number that is measured on it is known beforehand."""

from __future__ import annotations

import numpy as np

from components.attention.record import Attention
from components.models.inputs import Token


def tokens(*ids: int, special: tuple[int, ...] = ()) -> tuple[Token, ...]:
    return tuple(
        Token(
            id=id_,
            piece=f"t{id_}",
            text=f"t{id_}",
            start=None,
            end=None,
            special=index in special,
            segment=0,
            word=index,
        )
        for index, id_ in enumerate(ids)
    )


def attention(weights, *, kind="encoder", words=None):
    """`weights`: `[layer, head, query, key]`, or one pattern `[query, key]` for a single head."""
    weights = np.asarray(weights, dtype=np.float32)
    weights = weights if weights.ndim == 4 else weights[None, None]
    layers, _, queries, keys = weights.shape
    visible = np.tri(queries, keys, 0 if kind == "decoder" else keys, dtype=bool)
    words = words if words is not None else tokens(*range(keys))
    return Attention(
        kind=kind,
        query_tokens=words if kind != "cross" else tokens(*range(queries)),
        key_tokens=words,
        weights=weights,
        visible=np.broadcast_to(visible, (layers, queries, keys)),
        queries=None,
        keys=None,
        scaling=None,
    )


def offset_head(n, offset):
    """A head that puts everything on the key at this offset, and on the nearest edge where there is none."""
    pattern = np.zeros((n, n))
    pattern[np.arange(n), np.clip(np.arange(n) + offset, 0, n - 1)] = 1.0
    return pattern


def column_head(n, column):
    pattern = np.zeros((n, n))
    pattern[:, column] = 1.0
    return pattern


def even(n, *, causal=False):
    rows = np.tri(n) if causal else np.ones((n, n))
    return rows / rows.sum(axis=1, keepdims=True)


def random_rows(rng, *shape, causal=False):
    scores = rng.normal(size=shape) * 2
    if causal:
        scores = np.where(np.tri(shape[-1], dtype=bool), scores, -np.inf)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)
