"""What the tensor view shows of an attention: its matrices, its tokens, and the text as it was typed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from components.attention.record import Attention
from components.attention.token_labels import label, token_labels
from components.core.i18n import _
from components.models.inputs import Token
from components.ui.tensor_view import packing
from components.ui.tensor_view.packing import Body, Piece


def weights_of_all_heads(attention: Attention) -> NDArray[Any]:
    """Return `[layer, head, query, key]`; a sink beside the tokens is the last key."""
    if attention.sink_share is None:
        return attention.weights
    return np.concatenate([attention.weights, attention.sink_share[..., None].astype(attention.weights.dtype)], axis=-1)


def weights_of_head(attention: Attention, layer: int, head: int) -> NDArray[np.float32]:
    """Return `[query, key]` of one head; a sink beside the tokens is the last key."""
    weights = attention.of_head(layer, head)
    if attention.sink_share is None:
        return weights
    return np.column_stack([weights, attention.sink_share[layer, head]])


def pack_attention(attention: Attention) -> Body:
    """Return the matrices of all heads, packed."""
    return packing.pack_body(weights_of_all_heads(attention))


def query_tokens(attention: Attention) -> list[packing.Token]:
    """Return the rows of the view."""
    labels = token_labels(attention.query_tokens)
    return [packing.Token(text, token.special) for text, token in zip(labels, attention.query_tokens, strict=True)]


def key_tokens(attention: Attention) -> list[packing.Token]:
    """Return the columns of the view, with the sink if there is one."""
    labels = token_labels(attention.key_tokens)
    tokens = [packing.Token(text, token.special) for text, token in zip(labels, attention.key_tokens, strict=True)]
    return tokens if attention.sink_share is None else [*tokens, packing.Token(_("(sink)"), special=True)]


def text_pieces(tokens: Sequence[Token], texts: Sequence[str]) -> list[Piece]:
    """Cut the texts into the tokens and what lies between them, so that together they read as they were typed.

    Special tokens, and tokens the model wrote itself, are in no text and stand where they come. Tokens that share a
    character (the bytes of an emoji) have one piece, that of the first.
    """
    pieces: list[Piece] = []
    segment, cursor = 0, 0
    for place, token in enumerate(tokens):
        if token.segment != segment:
            pieces.append(Piece("\n", None))
            segment, cursor = token.segment, 0
        if token.start is None or token.end is None:
            is_word = token.generated and not token.special
            pieces.append(Piece(token.text if is_word else label(token.text), place, token.special))
            continue
        text = texts[min(segment, len(texts) - 1)]
        if token.start > cursor:
            pieces.append(Piece(text[cursor : token.start], None))
            cursor = token.start
        if token.end > cursor:
            pieces.append(Piece(text[cursor : token.end], place, token.special))
            cursor = token.end
    return pieces


def row_worth_a_look(attention: Attention, layer: int, head: int) -> int:
    """Return the row of the strongest look from one ordinary token at another one.

    A look counts as a multiple of an even spread over what the token may see: of two tokens, one always has much.
    """
    weights = attention.of_head(layer, head) * attention.visible[layer].sum(axis=-1, keepdims=True)
    special = [np.array([token.special for token in side]) for side in (attention.query_tokens, attention.key_tokens)]
    weights[special[0]] = 0
    weights[:, special[1]] = 0
    if attention.kind != "cross" and weights.shape[0] == weights.shape[1]:
        np.fill_diagonal(weights, 0)
    return int(weights.max(axis=1).argmax())


def reach_of_layers(attention: Attention) -> list[int | None]:
    """Return of each layer how many places back a token may look, itself included; None where nothing is forbidden.

    A mask of another shape (chunks of a text, two texts) has no veil either: None, too.
    """
    found: dict[bytes, int | None] = {}
    return [found.setdefault(mask.tobytes(), _reach(mask)) for mask in attention.visible]


def _reach(mask: NDArray[np.bool_]) -> int | None:
    if mask.all() or mask.shape[0] != mask.shape[1]:
        return None
    reach = int(mask.sum(axis=1).max())
    count = len(mask)
    is_band = bool(np.array_equal(mask, np.tri(count, dtype=np.bool_) & ~np.tri(count, k=-reach, dtype=np.bool_)))
    return reach if is_band else None
