"""Positions inside attention: turned vectors (Su et al. 2021), a bias for the distance (T5), what may be looked at."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from components.inside.arithmetic import Array, array
from components.models.sublayers import Layout


def read_rotary(layout: Layout, config: Any, layer: int) -> tuple[Array, float] | None:  # noqa: ANN401
    """Return the angles a position turns by, `[dim / 2]`, and a factor; None where a layer turns nothing."""
    if layout.rotary is None:
        return None
    turns = getattr(config, "no_rope_layers", None)  # 1 where a layer does turn (SmolLM3)
    if turns is not None and not turns[layer]:
        return None
    types = getattr(config, "layer_types", None)
    prefix = f"{types[layer]}_" if types and hasattr(layout.rotary, f"{types[layer]}_inv_freq") else ""
    frequencies: Any = getattr(layout.rotary, f"{prefix}inv_freq")
    return array(frequencies), float(getattr(layout.rotary, f"{prefix}attention_scaling", 1.0))


def turn(vectors: Array, frequencies: Array, factor: float) -> Array:
    """Return vectors `[head, position, dim]`, turned by their position: both halves as pairs."""
    # float32, as the models do it: in float64 the angles of far positions are others
    angles = np.arange(vectors.shape[1], dtype=np.float32)[:, None] * frequencies
    cosine, sine = (np.concatenate([part, part], axis=-1) * factor for part in (np.cos(angles), np.sin(angles)))
    left, right = np.split(vectors, 2, axis=-1)
    turned: Array = vectors * cosine + np.concatenate([-right, left], axis=-1) * sine
    return turned


def relative_buckets(config: Any, tokens: int, *, is_causal: bool) -> Array:  # noqa: ANN401
    """Return the bucket of each distance, `[query, key]`: one a distance while it is small, then ever wider ones."""
    distance = np.arange(tokens)[None, :] - np.arange(tokens)[:, None]
    buckets, first = config.relative_attention_num_buckets, np.zeros_like(distance)
    if is_causal:
        distance = -np.minimum(distance, 0)
    else:
        buckets //= 2
        first = (distance > 0) * buckets
        distance = np.abs(distance)
    exact = buckets // 2
    wide = np.log(np.maximum(distance, 1) / exact) / math.log(config.relative_attention_max_distance / exact)
    far = np.minimum(exact + (wide * (buckets - exact)).astype(np.int64), buckets - 1)
    found: Array = first + np.where(distance < exact, distance, far)
    return found


def visible(config: Any, layer: int, tokens: int) -> Array:  # noqa: ANN401
    """Return which keys a query of a decoder may look at, `[query, key]`: earlier ones, in some layers near ones."""
    seen = np.tri(tokens, dtype=np.bool_)
    types = getattr(config, "layer_types", None)
    if types and types[layer] == "sliding_attention":
        seen &= ~np.tri(tokens, k=-config.sliding_window, dtype=np.bool_)
    return seen
