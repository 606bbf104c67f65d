"""Texts through an encoder: the vector of [CLS] in the last layer, with gradients for training or without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

from components.fine_tuning.measuring import FloatArray
from components.models.tokenization import SharedTokenizer

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

MOST_TOKENS: Final = 64
"""A longer text is cut: it bounds the time of a step."""

BATCH: Final = 32

Ids = tuple[int, ...]


def ids_of(tokenizer: SharedTokenizer, texts: Sequence[str]) -> tuple[Ids, ...]:
    """Return each text's ids, [CLS] first and [SEP] last, at most `MOST_TOKENS` of them."""
    whole = [tuple(tokenizer.encode(text).ids) for text in texts]
    return tuple(ids if len(ids) <= MOST_TOKENS else (*ids[: MOST_TOKENS - 1], ids[-1]) for ids in whole)


def cls_of(encoder: PreTrainedModel, ids: Sequence[Ids]) -> torch.Tensor:
    """Return the vectors of [CLS], `[text, width]`. Shorter texts are padded, and the padding is not looked at."""
    import torch

    longest = max(len(each) for each in ids)
    padding = encoder.config.pad_token_id or 0
    device = encoder.device
    rows = torch.tensor([[*each, *[padding] * (longest - len(each))] for each in ids], device=device)
    mask = torch.tensor([[1] * len(each) + [0] * (longest - len(each)) for each in ids], device=device)
    vectors: torch.Tensor = encoder(input_ids=rows, attention_mask=mask).last_hidden_state[:, 0]
    return vectors


def vectors_of(encoder: PreTrainedModel, ids: Sequence[Ids], *, checkpoint: Callable[[], None]) -> FloatArray:
    """Return the vectors of [CLS], `[text, width]`, without gradients.

    Parameters
    ----------
    checkpoint
        Called once a batch; may raise to stop.
    """
    import torch

    vectors = np.empty((len(ids), encoder.config.hidden_size), dtype=np.float32)
    # Texts of like length together: a short text in a batch of long ones would mostly compute padding.
    order = sorted(range(len(ids)), key=lambda place: len(ids[place]))
    for start in range(0, len(order), BATCH):
        checkpoint()
        places = order[start : start + BATCH]
        with torch.inference_mode():
            vectors[places] = cls_of(encoder, [ids[place] for place in places]).cpu().numpy()
    return vectors
