"""Model and text in, attention out: every head of every layer, checked before anyone sees it.

    record = capture(loaded, "I read a good novel.")
    record.main.of_head(3, 1)  # [query, key] of layer 3, head 1

Each layer is checked in full precision as it comes: rows sum to 1, together with a sink beside the keys where the model
has one (gpt-oss), and what the mask forbids is exactly zero. A model
whose attention does not pass is refused with a reason, never shown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from components.attention import continuation, output_attentions
from components.attention.checks import require_attention, require_layers
from components.attention.errors import NotWatchable
from components.attention.forward import forward
from components.attention.inputs import ModelInput, read
from components.attention.record import Attention, AttentionRecord
from components.models import recording
from components.models.loaders import LoadedModel
from components.models.recording import HeadSwitch, HiddenKey, Kind, LayerRecord

if TYPE_CHECKING:
    from torch import Tensor

MOST_TOKENS_IN_FULL: Final = 128
"""Up to this many tokens weights, queries and keys are kept as float32, above as float16: 144 heads take 9 MB at 128
tokens and would take 151 MB at 512. The exports capture the text once more in full."""
HALF_ERROR: Final = 2.0**-12
"""How far a weight of float16 is off at most: half the distance of two of its numbers just below 1."""

DEFAULT_TARGET_TOKENS: Final = 24


def capture(
    loaded: LoadedModel,
    text: str,
    pair: str | None = None,
    *,
    target: str | None = None,
    new_tokens: int = 0,
    seed: int = 0,
    checkpoint: Callable[[], None] = lambda: None,
) -> AttentionRecord:
    """Capture the attention of a text, of two texts as one input, or of a text the model goes on with.

    Parameters
    ----------
    loaded
        From `components.models.cached`.
    target
        For encoder-decoders: what the decoder is made to write. Without it the decoder writes its own answer of up to
        `new_tokens` (or `DEFAULT_TARGET_TOKENS`) tokens.
    new_tokens
        For decoders: how many tokens to write before looking; prompt and continuation are then captured in one pass.
    seed
        Of the sampling.
    checkpoint
        Called before every written token; may raise to stop.

    Raises
    ------
    NothingToRead
        If the text has no token.
    NotCaptured
        If what the model computed is not attention as it must be.
    """
    given = read(loaded, text, pair)
    if loaded.model.config.is_encoder_decoder and target is not None:
        given = continuation.with_target(loaded, given, target)
    elif loaded.model.config.is_encoder_decoder or new_tokens:
        wanted = new_tokens or DEFAULT_TARGET_TOKENS
        given = continuation.write(loaded, given, new_tokens=wanted, seed=seed, checkpoint=checkpoint)
    return capture_input(loaded, given)


def capture_input(
    loaded: LoadedModel,
    given: ModelInput,
    *,
    switches: Sequence[HeadSwitch] = (),
    hidden: Sequence[HiddenKey] = (),
    in_full: bool = False,
) -> AttentionRecord:
    """Capture the attention of an input as it is, if wanted with heads switched off or positions hidden.

    Parameters
    ----------
    in_full
        Whether to keep float32 however long the text is.

    Raises
    ------
    NotCaptured
        If what the model computed is not attention as it must be.
    NotWatchable
        If heads are to be switched off in a model that does not allow it.
    """
    if not loaded.watchable:
        if switches or hidden:
            raise NotWatchable(architecture=loaded.model.config.model_type)
        return output_attentions.capture(loaded, given)
    collected = {kind: _Layers(expected) for kind, expected in recording.layer_counts(loaded.model).items()}
    in_full = in_full or max(len(given.tokens), len(given.target)) <= MOST_TOKENS_IN_FULL

    def on_layer(record: LayerRecord) -> None:
        collected[record.kind].add(record, in_full=in_full)

    with recording.watch(loaded.model, on_layer=on_layer, switches=switches, hidden=hidden):
        forward(loaded, given)
    kinds: tuple[Kind, ...] = tuple(kind for kind, layers in collected.items() if layers.heads)
    for kind in kinds or ("encoder",):
        require_layers(kind, collected[kind].heads, expected=collected[kind].expected)
    biased = hasattr(loaded.model.config, "relative_attention_num_buckets")
    attention = {
        kind: collected[kind].stacked(kind, given, has_position_bias=biased and kind != "cross") for kind in kinds
    }
    return AttentionRecord(given, **attention)


@dataclass
class _Layers:
    """The layers of one kind, as NumPy arrays of one text, in the order the model runs them."""

    expected: int
    heads: list[int] = field(default_factory=list)
    weights: NDArray[Any] = field(default_factory=lambda: np.empty(0))
    visible: list[NDArray[np.bool_]] = field(default_factory=list)
    queries: list[NDArray[Any]] = field(default_factory=list)
    keys: list[NDArray[Any]] = field(default_factory=list)
    scaling: list[float] = field(default_factory=list)
    sinks: list[NDArray[np.float32] | None] = field(default_factory=list)

    def add(self, record: LayerRecord, *, in_full: bool) -> None:
        weights = _array(record.weights)
        visible = np.ones(weights.shape[1:], dtype=np.bool_)
        if record.mask is not None:
            visible = np.broadcast_to(_array(record.mask)[0] == 0, visible.shape)
        sink = None if record.sink is None else _array(_sink_share(record))
        require_attention(record.kind, record.layer, weights, visible, sink)
        self.sinks.append(sink)
        store = np.dtype(np.float32 if in_full else np.float16)
        self._keep(record, store)
        keys = _array(record.key).astype(store)
        self.visible.append(visible)
        self.queries.append(_array(record.query).astype(store))
        self.keys.append(keys.repeat(weights.shape[0] // keys.shape[0], axis=0))
        self.scaling.append(record.scaling)

    def _keep(self, record: LayerRecord, store: np.dtype[Any]) -> None:
        """Put the weights where they stay; those that do not fit are only counted, to be refused afterwards."""
        import torch

        number, weights = len(self.heads), record.weights[0]
        if number == 0:
            self.weights = np.empty((self.expected, *weights.shape), dtype=store)
        self.heads.append(weights.shape[0])
        if number < self.expected and self.heads[0] == self.heads[-1]:
            # PyTorch halves numbers seven times as fast as NumPy, and straight to their place.
            torch.from_numpy(self.weights[number]).copy_(weights)

    def stacked(self, kind: Kind, given: ModelInput, *, has_position_bias: bool) -> Attention:
        has_target = bool(given.target)
        return Attention(
            kind=kind,
            query_tokens=given.target if has_target and kind != "encoder" else given.tokens,
            key_tokens=given.target if has_target and kind == "decoder" else given.tokens,
            weights=self.weights,
            visible=np.stack(self.visible),
            queries=np.stack(self.queries),
            keys=np.stack(self.keys),
            scaling=tuple(self.scaling),
            has_position_bias=has_position_bias,
            sink_share=self._sink_shares(),
        )

    def _sink_shares(self) -> NDArray[np.float32] | None:
        """Return `[layer, head, query]`, 0 in layers without a sink; None where no layer has one."""
        if all(sink is None for sink in self.sinks):
            return None
        nothing = np.zeros(self.weights.shape[1:3], dtype=np.float32)
        return np.stack([nothing if sink is None else sink for sink in self.sinks])


def _sink_share(record: LayerRecord) -> Tensor:
    """Return what the sink takes of each row, `[batch, head, query]`: its part of the softmax."""
    import torch

    if record.sink is None:
        raise ValueError("this layer has no sink")
    keys = record.key.repeat_interleave(record.query.shape[1] // record.key.shape[1], dim=1)
    scores = record.query @ keys.transpose(2, 3) * record.scaling
    if record.mask is not None:
        scores = scores + record.mask
    return torch.sigmoid(record.sink.view(1, -1, 1) - scores.float().logsumexp(dim=-1))


def _array(tensor: Tensor) -> NDArray[np.float32]:
    """Return the first, and only, text of a batch."""
    array: NDArray[np.float32] = tensor[0].float().cpu().numpy()
    return array
