"""Attention over all layers together: the plain mean, and rollout.

A head's row says how one layer mixes what the layer below has already mixed. Rollout (Abnar and Zuidema 2020, arXiv
2005.00928) follows the mixing down to the input: half of each token stays as it is (the residual connection), the other
half is what the heads bring, averaged:

    A'_l = 0.5 A_l + 0.5 I        R_0 = A'_0        R_l = A'_l R_(l-1)

The layer multiplies from the left. The other order gives rows that sum to 1 as well, so only an example in which the
layers do not commute can tell them apart.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from components.attention.record import Attention

RESIDUAL: Final = 0.5
"""Part of a token that a layer leaves in place."""

Floats = NDArray[np.float64]


def raw_mean(attention: Attention) -> Floats:
    """Return the mean over all layers and heads, `[query, key]`: easy to read, but it follows nothing."""
    return np.asarray(np.stack([_mean_of_heads(attention, layer) for layer in range(attention.layers)]).mean(axis=0))


def mixing(attention: Attention) -> Floats:
    """Return A'_l for every layer, `[layer, query, key]`: heads averaged, the residual connection added.

    Raises
    ------
    ValueError
        For cross-attention, whose keys are another text: there is no residual connection to them.
    """
    if attention.kind == "cross":
        raise ValueError("rollout and flow need self-attention, not cross-attention")
    stays = RESIDUAL * np.eye(attention.weights.shape[-1])
    return np.stack([(1 - RESIDUAL) * _mean_of_heads(attention, layer) + stays for layer in range(attention.layers)])


def rollout(attention: Attention) -> Floats:
    """Return R_l for every layer, `[layer, query, key]`; the last is the whole model's.

    Rows sum to 1, or to less where a sink beside the tokens takes a share: it passes nothing on.

    Raises
    ------
    ValueError
        For cross-attention.
    """
    layers = mixing(attention)
    rolled = [layers[0]]
    for layer in layers[1:]:
        rolled.append(layer @ rolled[-1])
    return np.stack(rolled)


def _mean_of_heads(attention: Attention, layer: int) -> Floats:
    return np.asarray(attention.of_layer(layer).mean(axis=0, dtype=np.float64))
