r"""BertViz's three views (Vig 2019, arXiv 1906.05714) as pages that need no network and few bytes.

The markup comes from bertviz's own functions, the drawing from its own JavaScript, both unchanged. Only what is fed
to them is ours: the weights travel packed (`components.attention.packing`), d3 and jQuery travel along instead of
being fetched from a CDN, and assets/boot.js puts the pieces together in the browser.

The neuron view is fed with recorded queries and keys (`window.bertviz_params`), so that it works for every
architecture; bertviz itself computes them with an old fork that knows three.

Token labels may hold anything. They travel in one JSON document in which every `<` is written as \u003c, so that none
can end the script element, and BertViz sets them as text, never as markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from components.attention import bertviz_parts
from components.attention.bertviz_parts import Labels
from components.attention.packing import WEIGHT_STEP, packed_vectors, packed_weights

MOST_LINES: Final = 150_000
"""Lines a browser draws in about four seconds. BertViz makes one SVG element for each weight above 0."""

MOST_TOKENS: Final = 128
"""Tokens of a side: more rows than that are a wall, whatever the head does."""


@dataclass(frozen=True)
class BertvizPage:
    """A self-contained HTML page, and how high it is when nothing in it is scrolled."""

    html: str
    height_px: int


def head_view(
    weights: NDArray[Any], labels: Labels, *, layer: int, heads: Sequence[int] | None = None, dark: bool = False
) -> BertvizPage:
    """Draw the heads of one layer as coloured lines from each query to what it looks at.

    Parameters
    ----------
    weights
        `[head, query, key]`.
    layer
        Its number, for the label.
    heads
        Heads that are switched on at first; all without it. The others are one click away.

    Raises
    ------
    ValueError
        If the labels do not fit the weights, or there are more than `MOST_TOKENS`.
    """
    _require_fitting(weights[None], labels)
    template = bertviz_parts.template("head_view", pair=labels.second_from is not None)
    params = template.params() | {
        "layer": layer,
        "heads": None if heads is None else list(heads),
        "include_layers": [layer],
    }
    arrays = {"attention": packed_weights(weights[None])}
    return BertvizPage(
        html=bertviz_parts.page(template, params, arrays, labels, dark=dark),
        height_px=int(22.5 * max(len(labels.queries), len(labels.keys))) + 80,
    )


def model_view(weights: NDArray[Any], labels: Labels, *, layers: Sequence[int], dark: bool = False) -> BertvizPage:
    """Draw every head of some layers as a thumbnail; a click enlarges one.

    Parameters
    ----------
    weights
        `[layer, head, query, key]`.
    layers
        The number of each layer in `weights`.

    Raises
    ------
    ValueError
        If the labels do not fit the weights, or there are more than `MOST_TOKENS`.
    """
    _require_fitting(weights, labels)
    heads = weights.shape[1]
    template = bertviz_parts.template("model_view", pair=labels.second_from is not None)
    params = template.params() | {
        "display_mode": "dark" if dark else "light",
        "include_layers": list(layers),
        "include_heads": list(range(heads)),
        "total_heads": heads,
    }
    arrays = {"attention": packed_weights(weights)}
    tokens = max(len(labels.queries), len(labels.keys))
    thumbnails_px = len(layers) * (tokens * 7 * 12 / heads + 10) + 60
    return BertvizPage(
        html=bertviz_parts.page(template, params, arrays, labels, dark=dark),
        height_px=int(max(thumbnails_px, tokens * 18 + 60)) + 60,
    )


def neuron_view(
    weights: NDArray[Any],
    queries: NDArray[Any],
    keys: NDArray[Any],
    labels: Labels,
    *,
    layer: int,
    head: int,
    causal: bool,
    scaling: float | None = None,
    dark: bool = False,
) -> BertvizPage:
    """Draw how the queries and keys of one layer make its weights, dimension by dimension.

    Parameters
    ----------
    weights
        `[head, query, key]`.
    queries, keys
        `[head, position, dim]`, one key head a head.
    layer
        Its number, for the label.
    head
        The head that is shown at first.
    causal
        Whether no query looks to its right.
    scaling
        Factor from the product to the score, where it is not `dim ** -0.5`, which is what BertViz divides by: the
        difference is then put into the queries, so that the scores shown are the model's.

    Raises
    ------
    ValueError
        If the labels do not fit the weights, or there are more than `MOST_TOKENS`.
    """
    _require_fitting(weights[None], labels)
    if scaling is not None:
        queries = queries.astype(np.float32) * (scaling * queries.shape[-1] ** 0.5)
    template = bertviz_parts.neuron_template(pair=labels.second_from is not None)
    params = template.params() | {
        "bidirectional": not causal,
        "display_mode": "dark" if dark else "light",
        "layer": 0,  # of the one layer that is sent; boot.js writes its real number on the control
        "head": head,
    }
    arrays = {
        "attention": packed_weights(weights[None]),
        "queries": packed_vectors(queries[None]),
        "keys": packed_vectors(keys[None]),
    }
    return BertvizPage(
        html=bertviz_parts.page(template, params, arrays, labels, dark=dark, layer=layer),
        height_px=26 * len(labels.keys) + 160,
    )


def lines(weights: NDArray[Any]) -> int:
    """Return how many lines BertViz draws for weights of any shape: one for each that is not rounded to 0."""
    return int(np.count_nonzero(weights.astype(np.float32) >= WEIGHT_STEP / 2))


def _require_fitting(weights: NDArray[Any], labels: Labels) -> None:
    shape = (len(labels.queries), len(labels.keys))
    if weights.shape[2:] != shape:
        raise ValueError(f"weights are {weights.shape[2:]} (query, key), labels are {shape}; give one label a token")
    if max(shape) > MOST_TOKENS:
        raise ValueError(f"{max(shape)} tokens; BertViz's views are drawn for {MOST_TOKENS} at most, show a part")
