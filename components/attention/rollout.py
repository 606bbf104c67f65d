"""Attention over all layers together: the plain mean, rollout, and flow.

A head's row says how one layer mixes what the layer below has already mixed. Rollout (Abnar and Zuidema 2020, arXiv
2005.00928) follows the mixing down to the input: half of each token stays as it is (the residual connection), the other
half is what the heads bring, averaged:

    A'_l = 0.5 A_l + 0.5 I        R_0 = A'_0        R_l = A'_l R_(l-1)

The layer multiplies from the left. The other order gives rows that sum to 1 as well, so only an example in which the
layers do not commute can tell them apart.

Flow (the same paper) reads the weights as the widths of pipes: one node for each token in each layer, an edge as wide
A'_l[query, key]; the flow of an input token is the maximum flow between it and the query in the last layer. Rollout
multiplies along paths, flow is limited by the narrowest edge, so the two can disagree. Flow needs one maximum flow for
each input token, so it is computed for one query at a time, and for short texts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from components.attention.errors import TooManyTokens
from components.attention.record import Attention

if TYPE_CHECKING:
    from scipy.sparse import csr_array

RESIDUAL: Final = 0.5
"""Part of a token that a layer leaves in place."""

Floats = NDArray[np.float64]
MOST_TOKENS: Final = 32
_UNITS: Final = 2**30  # of a flow of 1: SciPy's flows are whole numbers of 32 bits


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


def attention_flow(
    attention: Attention, query: int, *, checkpoint: Callable[[], None] = lambda: None
) -> NDArray[np.float64]:
    """Return the maximum flow to `query` in the last layer from each input token, `[key]`, each between 0 and 1.

    The flows do not sum to 1: every one is found as if the input token had all the pipes for itself. Each is off by
    less than 1e-6, since every edge is rounded to a whole number of 2**-30.

    Parameters
    ----------
    checkpoint
        Called before each input token; may raise to stop.

    Raises
    ------
    TooManyTokens
        If the text is longer than `MOST_TOKENS`.
    ValueError
        For cross-attention, or a query that does not exist.
    """
    layers = mixing(attention)
    tokens = layers.shape[-1]
    if tokens > MOST_TOKENS:
        raise TooManyTokens(tokens=tokens, most=MOST_TOKENS)
    if not 0 <= query < tokens:
        raise ValueError(f"query {query} does not exist; there are {tokens} tokens, counted from 0")
    from scipy.sparse.csgraph import maximum_flow

    pipes = _pipes(layers)
    source = len(layers) * tokens + query
    flows = np.zeros(tokens)
    for key in range(tokens):
        checkpoint()
        flows[key] = maximum_flow(pipes, source, key).flow_value / _UNITS
    return flows


def _pipes(layers: NDArray[np.float64]) -> csr_array:
    """Return how wide each edge is, from a token to one in the layer below; node l * tokens + i is token i after l."""
    from scipy.sparse import csr_array

    tokens = layers.shape[-1]
    widths = np.rint(layers * _UNITS).astype(np.int32)
    layer, query, key = np.nonzero(widths)
    ends = (layer + 1) * tokens + query, layer * tokens + key
    nodes = (len(layers) + 1) * tokens
    return csr_array((widths[layer, query, key], ends), shape=(nodes, nodes))
