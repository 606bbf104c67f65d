"""Part of a pattern: ordinary tokens, one text looking at the other, whole words.

Where cells are left out, the others keep their weights. Rows then no longer sum to 1, and a page that shows them must
say so. A word looks as its tokens look on average, and is looked at as much as its tokens together: mean over the
queries, sum over the keys. So its row still sums to what it summed to (Clark et al. 2019, arXiv 1906.04341, section
4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from components.attention.record import Attention
from components.models.inputs import Token

Direction = Literal["aa", "ab", "ba", "bb"]
"""Which text looks at which: "ab" is the first at the second."""


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


def group_by_word(attention: Attention) -> Attention:
    """Return the attention between words. Each is a `Token` with the id of its first token; no queries and keys."""
    to_query_word = _membership(attention.query_tokens)
    to_key_word = _membership(attention.key_tokens)
    means = to_query_word / to_query_word.sum(axis=1, keepdims=True)
    weights = means @ attention.weights.astype(np.float32) @ to_key_word.T
    visible = to_query_word @ attention.visible.astype(np.float32) @ to_key_word.T > 0
    return replace(
        attention,
        query_tokens=_words(attention.query_tokens),
        key_tokens=_words(attention.key_tokens),
        weights=weights.astype(attention.weights.dtype),
        visible=visible,
        queries=None,
        keys=None,
        scaling=None,
        sink_share=None if attention.sink_share is None else attention.sink_share @ means.T,
    )


def _membership(tokens: Sequence[Token]) -> NDArray[np.float32]:
    """Return `[word, token]`: 1 where the token is a part of the word."""
    words = list(dict.fromkeys(token.word for token in tokens))
    rows = [[float(token.word == word) for token in tokens] for word in words]
    return np.array(rows, dtype=np.float32).reshape(len(words), len(tokens))  # also where there are none


def _words(tokens: Sequence[Token]) -> tuple[Token, ...]:
    groups: dict[int, list[Token]] = {}
    for token in tokens:
        groups.setdefault(token.word, []).append(token)
    return tuple(_joined(group) for group in groups.values())


def _joined(parts: Sequence[Token]) -> Token:
    text, reached = "", 0
    for part in parts:
        # The tokens of one character, such as an emoji's bytes, all cover it: what is written is not written again.
        repeated = 0 if part.start is None else max(0, reached - part.start)
        text += part.text[repeated:]
        reached = part.end or reached
    return replace(parts[0], piece="".join(part.piece for part in parts), text=text, end=parts[-1].end)
