"""Part of a pattern: the cells that hold most of the mass, the ordinary tokens, one text looking at the other.

What remains keeps its weights as they are. Rows then no longer sum to 1, and a page that shows them must say so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from components.attention.inputs import Token
from components.attention.record import Attention

Direction = Literal["aa", "ab", "ba", "bb"]
"""Which text looks at which: "ab" is the first at the second."""

_ROUNDING: Final = 1e-6


def most_of_the_mass(weights: NDArray[Any], share: float) -> NDArray[np.bool_]:
    """Return which cells of `[..., query, key]` to keep: in each row the fewest that hold `share` of the row's mass.

    As exBERT's threshold (Hoover et al. 2020, arXiv 1910.05276). Of equal weights the earlier key is kept first.

    Raises
    ------
    ValueError
        If `share` is not between 0 and 1.
    """
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share is {share}; it must be between 0 and 1")
    exact = weights.astype(np.float64)
    order = np.argsort(-exact, axis=-1, kind="stable")
    sorted_weights = np.take_along_axis(exact, order, axis=-1)
    mass_before = sorted_weights.cumsum(axis=-1) - sorted_weights
    wanted = share * exact.sum(axis=-1, keepdims=True)
    kept = np.zeros(exact.shape, dtype=np.bool_)
    # A row that reaches its share up to a rounding error has reached it.
    np.put_along_axis(kept, order, (mass_before < wanted - _ROUNDING) & (sorted_weights > 0), axis=-1)
    return kept


def without_special_tokens(attention: Attention) -> Attention:
    """Return the attention among ordinary tokens: special ones neither look nor are looked at."""
    return _selected(
        attention,
        [not token.special for token in attention.query_tokens],
        [not token.special for token in attention.key_tokens],
    )


def between(attention: Attention, direction: Direction) -> Attention:
    """Return the attention of one text of a pair on the other, or on itself."""
    looks, is_looked_at = ("ab".index(letter) for letter in direction)
    return _selected(
        attention,
        [token.segment == looks for token in attention.query_tokens],
        [token.segment == is_looked_at for token in attention.key_tokens],
    )


def kept_mass(attention: Attention) -> NDArray[np.float64]:
    """Return what each row still sums to, `[layer, head, query]`."""
    return np.asarray(attention.weights.sum(axis=-1, dtype=np.float64))


def _selected(attention: Attention, queries: Sequence[bool], keys: Sequence[bool]) -> Attention:
    rows, columns = np.flatnonzero(queries), np.flatnonzero(keys)
    return replace(
        attention,
        query_tokens=_at(attention.query_tokens, rows),
        key_tokens=_at(attention.key_tokens, columns),
        weights=attention.weights[..., rows, :][..., columns],
        visible=attention.visible[..., rows, :][..., columns],
        queries=None if attention.queries is None else attention.queries[:, :, rows],
        keys=None if attention.keys is None else attention.keys[:, :, columns],
        sink_share=None if attention.sink_share is None else attention.sink_share[..., rows],
    )


def _at(tokens: tuple[Token, ...], indices: NDArray[np.intp]) -> tuple[Token, ...]:
    return tuple(tokens[index] for index in indices)
