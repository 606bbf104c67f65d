"""Model and text in, attention out: every head of every layer, checked before anyone sees it.

    record = capture(loaded, "I read a good novel.")
    record.main.of_head(3, 1)  # [query, key] of layer 3, head 1

Each layer is checked in full precision as it comes: rows sum to 1, together with a sink beside the keys where the model
has one (gpt-oss), and what the mask forbids is exactly zero. Attention that does not pass is refused with a reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from components.attention.errors import HeadsUneven, LayersMissing, LooksWhereItMayNot, NotWatchable, RowsDoNotSumToOne
from components.attention.record import Attention, AttentionRecord
from components.models import continuation, recording
from components.models.inputs import ModelInput, forward, forward_without_scores, read
from components.models.loaders import LoadedModel
from components.models.recording import HeadSwitch, HiddenKey, Kind, LayerRecord, layer_counts

if TYPE_CHECKING:
    from torch import Tensor

MOST_TOKENS_IN_FULL: Final = 128
"""Up to this many tokens weights, queries and keys are kept as float32, above as float16, to fit into memory. The
exports capture the text once more in full."""
HALF_ERROR: Final = 2.0**-12
"""How far a weight of float16 is off at most: half the distance of two of its numbers just below 1."""

DEFAULT_TARGET_TOKENS: Final = 24
MOST_ROW_ERROR: Final = 1e-5

_FIELDS: Final[dict[Kind, str]] = {
    "encoder": "encoder_attentions",
    "decoder": "decoder_attentions",
    "cross": "cross_attentions",
}


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
        return _capture_weights(loaded, given)
    collected = {kind: _Layers(expected) for kind, expected in recording.layer_counts(loaded.model).items()}
    in_full = in_full or max(len(given.tokens), len(given.target)) <= MOST_TOKENS_IN_FULL

    def on_layer(record: LayerRecord) -> None:
        collected[record.kind].add(record, in_full=in_full)

    with recording.watch(loaded.model, on_layer=on_layer, switches=switches, hidden=hidden):
        forward_without_scores(loaded, given)
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
        self._store(record, store)
        keys = _array(record.key).astype(store)
        self.visible.append(visible)
        self.queries.append(_array(record.query).astype(store))
        self.keys.append(keys.repeat(weights.shape[0] // keys.shape[0], axis=0))
        self.scaling.append(record.scaling)

    def _store(self, record: LayerRecord, store: np.dtype[Any]) -> None:
        """Store the weights; those that do not fit are only counted, to be refused afterwards."""
        import torch

        number, weights = len(self.heads), record.weights[0]
        if number == 0:
            self.weights = np.empty((self.expected, *weights.shape), dtype=store)
        self.heads.append(weights.shape[0])
        if number < self.expected and self.heads[0] == self.heads[-1]:
            # PyTorch halves numbers faster than NumPy, and straight to their place.
            torch.from_numpy(self.weights[number]).copy_(weights)

    def stacked(self, kind: Kind, given: ModelInput, *, has_position_bias: bool) -> Attention:
        query_tokens, key_tokens = given.tokens_of(kind)
        return Attention(
            kind=kind,
            query_tokens=query_tokens,
            key_tokens=key_tokens,
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


def _capture_weights(loaded: LoadedModel, given: ModelInput) -> AttentionRecord:
    """Capture what `output_attentions` gives: GPT-J, Bloom and Falcon cannot be watched (transformers 5.23).

    These architectures hand out their weights and nothing else: no queries, no keys, and no head can be switched off.
    """
    model = loaded.model
    output = forward(loaded, given, output_attentions=True)
    if model.config.is_encoder_decoder:
        layers = {kind: getattr(output, name) for kind, name in _FIELDS.items()}
    else:
        only: Kind = "decoder" if model.can_generate() else "encoder"
        layers = {only: output.attentions}
    expected = layer_counts(model)
    attention = {kind: _attention_of_weights(kind, given, each, expected[kind]) for kind, each in layers.items()}
    return AttentionRecord(given, **attention)


def _attention_of_weights(
    kind: Kind, given: ModelInput, layers: Sequence[Tensor | None] | None, expected: int
) -> Attention:
    weights = [layer[0].float().cpu().numpy() for layer in layers or () if layer is not None]
    require_layers(kind, [layer.shape[0] for layer in weights], expected=expected)
    queries, keys = weights[0].shape[1:]
    visible = np.tri(queries, keys, 0 if kind == "decoder" else keys, dtype=np.bool_)
    for number, layer in enumerate(weights):
        require_attention(kind, number, layer, visible)
    query_tokens, key_tokens = given.tokens_of(kind)
    return Attention(
        kind=kind,
        query_tokens=query_tokens,
        key_tokens=key_tokens,
        weights=np.stack(weights),
        visible=np.broadcast_to(visible, (len(weights), *visible.shape)),
        queries=None,
        keys=None,
        scaling=None,
    )


def require_attention(
    kind: Kind,
    layer: int,
    weights: NDArray[np.float32],
    visible: NDArray[np.bool_],
    sink: NDArray[np.float32] | None = None,
) -> None:
    """Check one layer's `weights`, `[head, query, key]`, against `visible`, `[query, key]`.

    Parameters
    ----------
    sink
        `[head, query]`, what a sink beside the keys takes of a row; computed from its score, not from what is missing.

    Raises
    ------
    RowsDoNotSumToOne
        If a row, with its sink, misses 1 by more than `MOST_ROW_ERROR`, or holds something that is no number.
    LooksWhereItMayNot
        If a cell that the mask forbids is not exactly zero; in a decoder every later token is forbidden.
    """
    # Both sums are products with a vector, which is much faster than comparing cell by cell.
    sums = weights @ np.ones(weights.shape[-1], dtype=np.float32)
    off_by = float(np.abs(sums + (0.0 if sink is None else sink) - 1.0).max())
    if not off_by <= MOST_ROW_ERROR:  # also true of NaN, which compares to nothing
        raise RowsDoNotSumToOne(kind=kind, layer=layer, off_by=off_by)
    allowed = visible & np.tri(visible.shape[0], visible.shape[1], dtype=np.bool_) if kind == "decoder" else visible
    if allowed.all():
        return
    forbidden = (~allowed).astype(np.float32).ravel()
    # A softmax gives nothing below zero, so what sums to zero is zero everywhere.
    if (weights.reshape(weights.shape[0], -1) @ forbidden).any():
        raise LooksWhereItMayNot(kind=kind, layer=layer, weight=float((weights * ~allowed).max()))


def require_layers(kind: Kind, heads: Sequence[int], *, expected: int) -> None:
    """Check that there is one record a layer (`heads`: number of heads of each), all with as many heads.

    Raises
    ------
    LayersMissing
        If there are more or fewer.
    HeadsUneven
        If they differ in their number of heads: no array can hold them.
    """
    if len(heads) != expected:
        raise LayersMissing(kind=kind, recorded=len(heads), expected=expected)
    if len(set(heads)) > 1:
        raise HeadsUneven(heads=", ".join(map(str, heads)))
