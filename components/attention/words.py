"""Attention between words instead of tokens.

A word looks as its tokens look on average, and is looked at as much as its tokens together: mean over the queries, sum
over the keys. So a row still sums to what it summed to (Clark et al. 2019, arXiv 1906.04341, section 4.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from components.attention.inputs import Token
from components.attention.record import Attention


def by_word(attention: Attention) -> Attention:
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
    return np.array(rows, dtype=np.float32)


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
