"""The forward pass itself: ids in, the model's output out. The one place that knows what a model wants to be given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from components.attention.inputs import ModelInput
from components.models.loaders import LoadedModel

if TYPE_CHECKING:
    from torch import Tensor


def arguments(loaded: LoadedModel, given: ModelInput) -> dict[str, Tensor]:
    """Return the tensors the model takes, each `[1, token]`."""
    import torch

    def row(ids: tuple[int, ...]) -> Tensor:
        return torch.tensor([ids], dtype=torch.long, device=loaded.device)

    config = loaded.model.config
    tensors = {"input_ids": row(given.ids), "attention_mask": row((1,) * len(given.tokens))}
    if getattr(config, "type_vocab_size", 0) > 1:  # RoBERTa has one segment, and an index of 1 would be out of range
        tensors["token_type_ids"] = row(given.type_ids)
    if config.is_encoder_decoder:
        tensors["decoder_input_ids"] = row(given.target_ids)
    return tensors


def forward(loaded: LoadedModel, given: ModelInput, **wanted: bool) -> Any:  # noqa: ANN401 (each architecture has its own)
    """Run the model once, without a cache and without gradients."""
    import torch

    with torch.inference_mode():
        return loaded.model(**arguments(loaded, given), use_cache=False, **wanted)
