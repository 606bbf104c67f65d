"""Several texts, one forward pass: their keys and values side by side, shorter texts padded on the left.

A small model on a CPU spends most of a step reading its weights from memory. Eight texts in one batch read them
once, so the step hardly takes longer than for one. What the padding would spoil is put right by two inputs: a mask
that hides it, and the true position of each new token.

Rounding differs a little with the size of the batch (a float32 sum is not the same in every order), so a text that
shares passes can part from the same text alone where two tokens are equal to six digits.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import TYPE_CHECKING

from components.engines.decoding import last_scores

if TYPE_CHECKING:
    from torch import Tensor
    from transformers import Cache, PreTrainedModel


def can_share(model: PreTrainedModel, cache: Cache | None) -> bool:
    """Whether the cache of this model's texts can be joined.

    Every layer has to keep all keys and values in the order of the text: sliding windows and recurrent states do
    not. And the model has to take positions, or padding would shift them.
    """
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer

    return (
        not model.config.is_encoder_decoder
        and "position_ids" in inspect.signature(model.forward).parameters
        and cache is not None
        and type(cache) is DynamicCache
        and all(type(layer) is DynamicLayer for layer in cache.layers)
    )


class SharedCache:
    """Keys and values of several texts of one model.

    Attributes
    ----------
    lengths
        Tokens of each row that are real, at its right end.
    """

    def __init__(self) -> None:
        self.lengths: list[int] = []
        self._cache: Cache | None = None

    def add(self, cache: Cache) -> None:
        """Take over the cache of one more text, as the last row."""
        length = cache.get_seq_length()
        if self._cache is None:
            self._cache = cache
        else:
            width = max(length, self._width())
            for ours, theirs in zip(self._cache.layers, cache.layers, strict=True):
                ours.keys = _stack(ours.keys, theirs.keys, width)
                ours.values = _stack(ours.values, theirs.values, width)
        self.lengths.append(length)

    def keep(self, rows: Sequence[int]) -> None:
        """Forget all rows but these, and the padding that is no longer needed."""
        import torch

        if self._cache is None or len(rows) == len(self.lengths):
            return
        width = self._width()
        self.lengths = [self.lengths[row] for row in rows]
        if not rows:
            self._cache = None
            return
        padding = width - self._width()
        for layer in self._cache.layers:
            kept = torch.tensor(rows, device=layer.keys.device)
            layer.keys = layer.keys[kept, :, padding:]
            layer.values = layer.values[kept, :, padding:]

    def forward(self, model: PreTrainedModel, tokens: Sequence[int]) -> Tensor:
        """Read one more token in each row and return the scores after it, `[row, token]`."""
        import torch

        positions = torch.tensor(self.lengths, device=model.device)
        padding = self._width() - positions
        mask = None
        if padding.any():
            columns = torch.arange(self._width() + 1, device=model.device)
            mask = (columns >= padding[:, None]).long()
        outputs = model(
            input_ids=torch.tensor(tokens, device=model.device)[:, None],
            position_ids=positions[:, None],
            attention_mask=mask,
            past_key_values=self._cache,
            use_cache=True,
            return_dict=True,
        )
        self.lengths = [length + 1 for length in self.lengths]
        return last_scores(outputs.logits)

    def _width(self) -> int:
        """Return the columns of the cache: the longest text has no padding."""
        return max(self.lengths)


def _stack(rows: Tensor, row: Tensor, width: int) -> Tensor:
    """Put one more row under `[row, head, position, dim]`, both padded on the left to the same width."""
    import torch
    from torch.nn.functional import pad

    return torch.cat([pad(part, (0, 0, width - part.shape[2], 0)) for part in (rows, row)])
