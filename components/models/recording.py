"""Watch or change the attention of any model, without changing its weights or disturbing other sessions.

`install(model)` is called once, when the model is loaded. It gives the model an attention function of ours, which
reads a ContextVar. Without a request it passes every call on to PyTorch's fast attention (`sdpa`, with the same mask).
Inside `with watch(model, ...)` it computes attention the model's own "eager" way, passes each layer to a callback,
turns heads down, or hides tokens. A ContextVar belongs to one thread, so sessions that share a model never see each
other's request.

    records = []
    with watch(model, on_layer=records.append):
        model(**inputs)
    records[3].weights  # [batch, head, query, key] of layer 3

GPT-J, Bloom and Falcon (transformers 5.23) accept no other attention function: `install` returns False for them.

Nothing here imports torch or transformers before it is needed, so that pages may import this module.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, cast

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PretrainedConfig, PreTrainedModel

Kind = Literal["encoder", "decoder", "cross"]
"""What attends to what: a text to all of itself, a text to what came before, a decoder to the encoder's text."""

ON_SDPA: Final = "recording"
ON_EAGER: Final = "recording_eager"  # for the few architectures that PyTorch's fused attention cannot compute

_KIND: Final = "recording_kind"  # attribute that `install` leaves on every attention module
_ATTENTION_LAYER_TYPES: Final = frozenset({"full_attention", "sliding_attention", "chunked_attention"})


@dataclass(frozen=True)
class LayerRecord:
    """One layer's attention in one forward pass, as the model computed it.

    Attributes
    ----------
    layer
        0-based among the layers of this `kind`.
    weights
        After the softmax, `[batch, head, query, key]`.
    query
        After rotary positions, `[batch, head, query, dim]`.
    key, value
        `[batch, key head, key, dim]`: grouped-query attention has fewer key heads than heads, and head `h`
        uses key head `h // (heads // key heads)`.
    mask
        What was added to the scores, `[batch, 1, query, key]`: 0, or the lowest float where a query may not
        look. None where every query may look everywhere.
    scaling
        Factor between the product of query and key and the score.
    bias
        What was added to the scores for the distance of query and key, `[1, head, query, key]` (T5); else None.
    sink
        `[head]`, a learned score that takes part in each row's softmax beside the keys and has no value (gpt-oss), so
        that the weights of a row sum to less than 1. None where there is none.
    """

    kind: Kind
    layer: int
    weights: Tensor
    query: Tensor
    key: Tensor
    value: Tensor
    mask: Tensor | None
    scaling: float
    sink: Tensor | None = None
    bias: Tensor | None = None


@dataclass(frozen=True)
class HeadSwitch:
    """Turn one head down: its output becomes `gate * output + (1 - gate) * replacement`.

    Attributes
    ----------
    gate
        0 switches the head off, 1 leaves it as it is.
    replacement
        What stands in for the output, `[dim]`, the same at every position, or `[query, dim]`; None for zero.
    """

    layer: int
    head: int
    kind: Kind = "encoder"
    gate: float = 0.0
    replacement: Tensor | None = None


@dataclass(frozen=True)
class HiddenKey:
    """Let no query of this kind look at one position, except that position itself (attention knockout).

    Follows Geva et al. 2023 (arXiv 2304.14767), over all layers. The position keeps itself in self-attention,
    so that no row is left without a key.

    Attributes
    ----------
    text
        In which text of a batch; None for all.
    """

    position: int
    kind: Kind = "encoder"
    text: int | None = None


OnLayer = Callable[[LayerRecord], None]


@dataclass
class _Request:
    """The arguments of one `watch`, for the length of its `with` block, in one thread."""

    layers: dict[Kind, int]
    on_layer: OnLayer | None
    switches: dict[tuple[Kind, int], list[HeadSwitch]]
    hidden: dict[Kind, list[HiddenKey]]
    calls: Counter[Kind] = field(default_factory=Counter)

    @property
    def wants_masks(self) -> bool:
        return self.on_layer is not None or bool(self.hidden)

    def next_layer(self, kind: Kind) -> int:
        """Number the call by its order: models that share one module between layers (ALBERT) have no other number."""
        call = self.calls[kind]
        self.calls[kind] += 1
        return call % self.layers[kind]


_request: ContextVar[_Request | None] = ContextVar("attention_request", default=None)


def install(model: PreTrainedModel) -> bool:
    """Let a loaded model be watched. Call it once, when the model is loaded; calling it again does no harm.

    Returns
    -------
    bool
        False if the architecture computes attention in a way of its own that cannot be watched. Such a model is set to
        eager attention, the only kind with correct `output_attentions`: Falcon on sdpa returns weights that look into
        the future (transformers 5.23 adds its boolean mask to the scores).
    """
    _register()
    model.set_attn_implementation(ON_SDPA if model._supports_sdpa else ON_EAGER)
    if not is_installed(model):
        model.config._attn_implementation = "eager"
        return False
    decoder = set(model.get_decoder().modules()) if model.config.is_encoder_decoder else set()
    for module in model.modules():
        if hasattr(module, "is_causal"):
            setattr(module, _KIND, _kind(module.is_causal, in_decoder=module in decoder))
    return True


def is_installed(model: PreTrainedModel) -> bool:
    """Whether `install` succeeded on this model."""
    return model.config._attn_implementation in (ON_SDPA, ON_EAGER)


def layer_counts(model: PreTrainedModel) -> dict[Kind, int]:
    """Return how many layers of each kind of attention a forward pass goes through."""
    config = model.config
    if config.is_encoder_decoder:
        encoder = _first(config, "encoder_layers", "num_encoder_layers", "num_layers", "num_hidden_layers")
        decoder = _first(config, "decoder_layers", "num_decoder_layers", "num_layers", "num_hidden_layers")
        return {"encoder": encoder, "decoder": decoder, "cross": decoder}
    text = config.get_text_config()
    # Hybrid models have layers without attention between those with it.
    types = [kind for kind in getattr(text, "layer_types", None) or () if kind in _ATTENTION_LAYER_TYPES]
    count = len(types) or text.num_hidden_layers
    return {"encoder": count, "decoder": count, "cross": count}


@contextmanager
def watch(
    model: PreTrainedModel,
    *,
    on_layer: OnLayer | None = None,
    switches: Sequence[HeadSwitch] = (),
    hidden: Sequence[HiddenKey] = (),
) -> Iterator[None]:
    """Watch or disturb the attention of every forward pass of `model` inside the block, in this thread only.

    Parameters
    ----------
    model
        A model on which `install` returned True. Run no other model inside the block.
    on_layer
        Called with each layer as soon as it is computed, so that nothing needs to be kept that is not wanted.
        Without it the fast attention is used and nothing is recorded.
    switches, hidden
        Heads to turn down and positions to hide.

    Raises
    ------
    ValueError
        If the model was not installed, or a layer, head or position does not exist.
    """
    if not is_installed(model):
        raise ValueError(
            f"{type(model).__name__} cannot be watched; call install(model) first and check that it returns True"
        )
    layers = layer_counts(model)
    by_layer: dict[tuple[Kind, int], list[HeadSwitch]] = {}
    for switch in switches:
        if not 0 <= switch.layer < layers[switch.kind]:
            raise ValueError(f"layer {switch.layer} does not exist; there are {layers[switch.kind]}, counted from 0")
        by_layer.setdefault((switch.kind, switch.layer), []).append(switch)
    keys: dict[Kind, list[HiddenKey]] = {}
    for each in hidden:
        keys.setdefault(each.kind, []).append(each)
    token = _request.set(_Request(layers, on_layer, by_layer, keys))
    try:
        yield
    finally:
        _request.reset(token)


def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward
    from transformers.masking_utils import eager_mask, sdpa_mask

    for name, attention, mask in (
        (ON_SDPA, sdpa_attention_forward, sdpa_mask),
        (ON_EAGER, _own_eager_attention, eager_mask),
    ):
        AttentionInterface.register(name, partial(_attend, attention))
        AttentionMaskInterface.register(name, partial(_mask, mask, eager_mask))


def _mask(fast: Callable[..., Any], explicit: Callable[..., Any], *args: object, **kwargs: object) -> Tensor | None:
    # The fast masks are left out or boolean where possible, and the explicit ones always added numbers: a
    # forward pass must take mask and attention from the same side, so both look at the same ContextVar.
    request = _request.get()
    chosen = explicit if request is not None and request.wants_masks else fast
    mask: Tensor | None = chosen(*args, **kwargs)
    return mask


def _attend(  # noqa: PLR0917 (the shape of the interface is transformers')
    fast: Callable[..., Any],
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    **kwargs: object,
) -> tuple[Tensor, Tensor | None]:
    request = _request.get()
    if request is None:
        output, weights = fast(module, query, key, value, attention_mask, **kwargs)
        return output, weights
    kind: Kind = getattr(module, _KIND, "decoder")
    layer = request.next_layer(kind)
    mask = _hide(request.hidden.get(kind, ()), attention_mask, query, key, itself=kind != "cross")
    compute = fast if request.on_layer is None else _own_eager_attention
    output, weights = compute(module, query, key, value, mask, **kwargs)
    if request.on_layer is not None:
        given = kwargs.get("scaling")
        scaling = float(given) if isinstance(given, int | float) else query.shape[-1] ** -0.5
        sink = cast("Tensor | None", kwargs.get("s_aux"))  # transformers' name for it
        bias = cast("Tensor | None", kwargs.get("position_bias"))
        request.on_layer(LayerRecord(kind, layer, weights, query, key, value, mask, scaling, sink, bias))
    return _switch(request.switches.get((kind, layer), ()), output), weights


def _own_eager_attention(module: nn.Module, *args: object, **kwargs: object) -> tuple[Tensor, Tensor]:
    """Attend as `attn_implementation="eager"` would: bit for bit, with position biases, soft caps and all."""
    for ancestor in type(module).__mro__:
        function = getattr(sys.modules.get(ancestor.__module__), "eager_attention_forward", None)
        if function is not None:
            output, weights = function(module, *args, **kwargs)
            return output, weights
    raise ValueError(f"{type(module).__name__} has no eager attention to record")


def _hide(
    hidden: Sequence[HiddenKey], mask: Tensor | None, query: Tensor, key: Tensor, *, itself: bool
) -> Tensor | None:
    if not hidden:
        return mask
    import torch

    texts, queries, keys = len(query), query.shape[2], key.shape[2]
    if not all(0 <= each.position < keys and (each.text or 0) < texts for each in hidden):
        positions = [each.position for each in hidden]
        raise ValueError(f"positions {positions} do not all exist; there are {keys} in {texts} texts, counted from 0")
    lowest = torch.finfo(query.dtype).min
    before = query.new_zeros(1, 1, queries, keys) if mask is None else mask
    changed = before.expand(texts, -1, -1, -1).clone()
    for each in hidden:
        within = slice(None) if each.text is None else each.text
        # With cached keys the last query is the last key, not the first.
        own_row = each.position - (keys - queries)
        kept = changed[within, :, own_row, each.position].clone() if itself and 0 <= own_row < queries else None
        changed[within, :, :, each.position] = lowest
        if kept is not None:
            changed[within, :, own_row, each.position] = kept
    return changed


def _switch(switches: Sequence[HeadSwitch], output: Tensor) -> Tensor:
    """Turn heads down in `output`, `[batch, query, head, dim]`."""
    if not switches:
        return output
    output = output.clone()
    heads = output.shape[2]
    for switch in switches:
        if not 0 <= switch.head < heads:
            raise ValueError(f"head {switch.head} does not exist; there are {heads}, counted from 0")
        left = output[:, :, switch.head] * switch.gate
        if switch.replacement is not None:
            left = left + (1.0 - switch.gate) * switch.replacement
        output[:, :, switch.head] = left
    return output


def _kind(is_causal: bool, *, in_decoder: bool) -> Kind:
    if is_causal:
        return "decoder"
    return "cross" if in_decoder else "encoder"


def _first(config: PretrainedConfig, *names: str) -> int:
    values = (getattr(config, name, None) for name in names)
    return next(value for value in values if isinstance(value, int))
