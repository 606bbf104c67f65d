"""Attention flow: how much can reach a token from each input token, if attention weights were the widths of pipes.

Abnar and Zuidema 2020 (arXiv 2005.00928): the graph of rollout, one node for each token in each layer, an edge as wide
as A'_l[query, key]; the flow of an input token is the maximum flow between it and the query in the last layer. Rollout
multiplies along paths, flow is limited by the narrowest edge, so the two can disagree.

One maximum flow has to be found for each input token, so this is computed for one query at a time, and for short texts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from components.attention.errors import TooManyTokens
from components.attention.record import Attention
from components.attention.rollout import mixing

if TYPE_CHECKING:
    from networkx import DiGraph

MOST_TOKENS: Final = 32
_NARROWEST: Final = 1e-9  # narrower edges carry less than rounding errors


def attention_flow(
    attention: Attention, query: int, *, checkpoint: Callable[[], None] = lambda: None
) -> NDArray[np.float64]:
    """Return the maximum flow to `query` in the last layer from each input token, `[key]`, each between 0 and 1.

    The flows do not sum to 1: every one is found as if the input token had all the pipes for itself.

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
    from networkx.algorithms.flow import build_residual_network, preflow_push

    graph = _graph(layers, query)
    residual = build_residual_network(graph, "capacity")
    flows = np.zeros(tokens)
    for key in range(tokens):
        checkpoint()
        if (0, key) in graph:
            found = preflow_push(graph, (len(layers), query), (0, key), residual=residual, value_only=True)
            flows[key] = found.graph["flow_value"]
    return flows


def _graph(layers: NDArray[np.float64], query: int) -> DiGraph:
    """Return what can be reached from the query: node (l, i) is token i after l layers, (0, i) the input."""
    from networkx import DiGraph

    graph = DiGraph()
    reached = {query}
    for above in range(len(layers), 0, -1):
        weights = layers[above - 1]
        edges = [(i, int(j)) for i in reached for j in np.flatnonzero(weights[i] > _NARROWEST)]
        graph.add_edges_from(((above, i), (above - 1, j), {"capacity": float(weights[i, j])}) for i, j in edges)
        reached = {j for _, j in edges}
    return graph
