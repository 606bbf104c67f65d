"""What was captured of one forward pass: plain NumPy arrays and tokens, nothing of the model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.models.inputs import Cut, ModelInput, Token
from components.models.recording import Kind

FloatArray = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Attention:
    """All heads of one kind of attention: encoder, decoder (causal), or cross (decoder to encoder).

    Attributes
    ----------
    weights
        `[layer, head, query, key]`, after the softmax, so every row sums to 1, with `sink_share` where there is one.
        float32 up to `capture.MOST_TOKENS_IN_FULL` tokens, float16 above: use `of_head`/`of_layer`, which give float32.
    queries, keys
        `[layer, head, position, dim]`, after rotary positions and repeated for heads that share keys (grouped-query
        attention). None where the architecture does not show them.
    visible
        `[layer, query, key]`, whether the mask lets this query look at this key.
    scaling
        Per layer: weights = softmax(queries . keys * scaling), over the visible keys. None with `queries`.
    has_position_bias
        True if the model adds a number for the relative position before the softmax (T5), so that queries and keys
        alone do not explain the weights.
    sink_share
        `[layer, head, query]`, what a learned sink beside the keys takes of each row (gpt-oss): it has no value, so it
        adds nothing to the output. None where the model has no such sink.
    """

    kind: Kind
    query_tokens: tuple[Token, ...]
    key_tokens: tuple[Token, ...]
    weights: FloatArray
    visible: NDArray[np.bool_]
    queries: FloatArray | None
    keys: FloatArray | None
    scaling: tuple[float, ...] | None
    has_position_bias: bool = False
    sink_share: NDArray[np.float32] | None = None

    @property
    def layers(self) -> int:
        """Number of layers."""
        return int(self.weights.shape[0])

    @property
    def heads(self) -> int:
        """Number of heads a layer."""
        return int(self.weights.shape[1])

    @property
    def causal(self) -> bool:
        """Whether no token looks at a later one."""
        return self.kind == "decoder"

    @property
    def size_bytes(self) -> int:
        """Memory that its arrays take."""
        arrays = (self.weights, self.visible, self.queries, self.keys)
        return sum(array.nbytes for array in arrays if array is not None)

    def of_head(self, layer: int, head: int) -> NDArray[np.float32]:
        """Return one head's pattern, `[query, key]`."""
        return np.asarray(self.weights[layer, head], dtype=np.float32)

    @property
    def is_half(self) -> bool:
        """Whether the weights are kept in half precision."""
        return self.weights.dtype == np.float16

    def of_layer(self, layer: int) -> NDArray[np.float32]:
        """Return the patterns of one layer, `[head, query, key]`."""
        return np.asarray(self.weights[layer], dtype=np.float32)


@dataclass(frozen=True, eq=False)
class AttentionRecord:
    """The attention of one text in one model.

    Attributes
    ----------
    input
        What the model read.
    encoder, decoder, cross
        The kinds the model has, the others None. BERT: encoder. GPT-2: decoder. T5: all three.
    """

    input: ModelInput
    encoder: Attention | None = None
    decoder: Attention | None = None
    cross: Attention | None = None

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds the model has."""
        every: tuple[Kind, ...] = ("encoder", "decoder", "cross")
        return tuple(kind for kind in every if getattr(self, kind) is not None)

    @property
    def size_bytes(self) -> int:
        """Memory that its arrays take."""
        return sum(self.of(kind).size_bytes for kind in self.kinds)

    @property
    def main(self) -> Attention:
        """The kind to show first."""
        return self.of(self.kinds[0])

    @property
    def cut(self) -> Cut | None:
        """What was left out of the text, None if nothing."""
        return self.input.cut

    def of(self, kind: Kind) -> Attention:
        """Return one kind of attention.

        Raises
        ------
        KeyError
            If the model has none of this kind.
        """
        attention: Attention | None = getattr(self, kind)
        if attention is None:
            raise KeyError(f"no {kind} attention in this model; it has {', '.join(self.kinds)}")
        return attention
