"""The architectures that cannot be watched (GPT-J, Bloom, Falcon in transformers 5.23): `output_attentions`.

They hand out their weights and nothing else: no queries, no keys, and no head can be switched off.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from components.attention.checks import require_attention, require_layers
from components.attention.forward import forward
from components.attention.inputs import ModelInput
from components.attention.record import Attention, AttentionRecord
from components.models.loaders import LoadedModel
from components.models.recording import Kind, layer_counts

if TYPE_CHECKING:
    from torch import Tensor

_FIELDS: Final[dict[Kind, str]] = {
    "encoder": "encoder_attentions",
    "decoder": "decoder_attentions",
    "cross": "cross_attentions",
}


def capture(loaded: LoadedModel, given: ModelInput) -> AttentionRecord:
    """Capture the weights alone. See `components.attention.capture.capture_input`."""
    model = loaded.model
    output = forward(loaded, given, output_attentions=True)
    if model.config.is_encoder_decoder:
        layers = {kind: getattr(output, name) for kind, name in _FIELDS.items()}
    else:
        kind: Kind = "decoder" if model.can_generate() else "encoder"
        layers = {kind: output.attentions}
    expected = layer_counts(model)
    return AttentionRecord(given, **{k: _attention(k, given, tensors, expected[k]) for k, tensors in layers.items()})


def _attention(kind: Kind, given: ModelInput, layers: Sequence[Tensor | None] | None, expected: int) -> Attention:
    weights = [layer[0].float().cpu().numpy() for layer in layers or () if layer is not None]
    require_layers(kind, [layer.shape[0] for layer in weights], expected=expected)
    queries, keys = weights[0].shape[1:]
    visible = np.tri(queries, keys, 0 if kind == "decoder" else keys, dtype=np.bool_)
    for number, layer in enumerate(weights):
        require_attention(kind, number, layer, visible)
    has_target = bool(given.target)
    return Attention(
        kind=kind,
        query_tokens=given.target if has_target and kind != "encoder" else given.tokens,
        key_tokens=given.target if has_target and kind == "decoder" else given.tokens,
        weights=np.stack(weights),
        visible=np.broadcast_to(visible, (len(weights), *visible.shape)),
        queries=None,
        keys=None,
        scaling=None,
    )
