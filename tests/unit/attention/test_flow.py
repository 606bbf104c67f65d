"""Attention flow against flows found by hand and by another algorithm."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

from components.attention.errors import TooManyTokens
from components.attention.rollout import MOST_TOKENS, attention_flow, mixing
from tests.unit.attention.patterns import attention, column_head, even, random_rows

TWO_LAYERS = [[[[1, 0], [1, 0]]], [[[0, 1], [0, 1]]]]  # worked by hand in test_rollout.py


def test_a_flow_worked_by_hand():
    """A'_0 = [[1, 0], [1/2, 1/2]] and A'_1 = [[1/2, 1/2], [0, 1]].

    From token 0 on top, half goes to each token in the middle. Token 0 then gets 1/2 through the first and 1/2 through
    the second, whose edge to token 0 is exactly that wide: a flow of 1, where rollout says 3/4. Token 1 gets 1/2.
    """
    np.testing.assert_allclose(attention_flow(attention(TWO_LAYERS), 0), [1.0, 0.5], atol=1e-7)
    np.testing.assert_allclose(attention_flow(attention(TWO_LAYERS), 1), [0.5, 0.5], atol=1e-7)


def test_one_layer_flows_as_wide_as_its_edges():
    pattern = random_rows(np.random.default_rng(0), 1, 1, 5, 5)
    np.testing.assert_allclose(attention_flow(attention(pattern), 3), mixing(attention(pattern))[0, 3], atol=1e-7)


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_flows_are_those_of_linear_programming(kind):
    """Every maximum flow is a minimum cut (networkx' own `minimum_cut`, by another algorithm, on a dense graph)."""
    head = attention(random_rows(np.random.default_rng(3), 3, 2, 5, 5, causal=kind == "decoder"), kind=kind)
    layers = mixing(head)
    graph = networkx.DiGraph()
    for above, query, key in np.ndindex(layers.shape):
        graph.add_edge((above + 1, query), (above, key), capacity=layers[above, query, key])
    flows = attention_flow(head, 4)
    for key in range(5):
        cut, _ = networkx.minimum_cut(
            graph, (3, 4), (0, key), flow_func=networkx.algorithms.flow.shortest_augmenting_path
        )
        assert flows[key] == pytest.approx(cut, abs=1e-7)


def test_what_no_path_reaches_gets_nothing():
    flows = attention_flow(attention(column_head(4, 0)), 2)
    assert flows[1] == flows[3] == 0.0
    assert flows[0] > 0
    assert flows[2] > 0
    causal = attention_flow(attention(even(4, causal=True), kind="decoder"), 1)
    assert (causal[2:] == 0).all()


def test_a_checkpoint_comes_before_every_token_and_can_stop():
    calls = []

    def checkpoint():
        calls.append(None)
        if len(calls) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        attention_flow(attention(even(6)), 0, checkpoint=checkpoint)
    assert len(calls) == 3


def test_a_long_text_is_refused():
    with pytest.raises(TooManyTokens, match=f"{MOST_TOKENS + 1} tokens; this is computed for up to {MOST_TOKENS}"):
        attention_flow(attention(even(MOST_TOKENS + 1)), 0)


@pytest.mark.parametrize("query", [-1, 4])
def test_a_query_that_does_not_exist_is_named(query):
    with pytest.raises(ValueError, match=f"query {query} does not exist; there are 4"):
        attention_flow(attention(even(4)), query)
