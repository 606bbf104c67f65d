"""Texts as vectors: the last layer of a model, and one vector a text made of those of its tokens (pooling).

Every pooling is computed at once, so that a switch costs nothing. Pooling is what Reimers and Gurevych 2019
(arXiv 1908.10084) describe in section 3; the names are those of the class `Pooling` in sentence-transformers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from numpy.typing import NDArray

from components.core.errors import VisitorError
from components.core.i18n import N_
from components.embeddings.similarity import FloatArray

if TYPE_CHECKING:
    from tokenizers import Encoding

    from components.models.loaders import LoadedModel


Pooling = Literal["mean", "cls", "max", "last"]
POOLINGS: Final[tuple[Pooling, ...]] = ("mean", "cls", "max", "last")
MOST_TOKENS: Final = 256
"""A longer text is cut. all-MiniLM-L6-v2's own setting in sentence-transformers; it also bounds the time."""
_BATCH: Final = 16


class NothingToRead(VisitorError):
    """A text gives no token. Value: `text`."""

    template = N_("This model's tokenizer makes no tokens from “{text}”.")
    advice = N_("Change that text, or choose another model.")


def pool(tokens: FloatArray, mask: NDArray[np.bool_], how: Pooling) -> FloatArray:
    """Return one vector a text, `[text, width]`.

    Parameters
    ----------
    tokens
        The last layer's vectors, `[text, token, width]`.
    mask
        `[text, token]`, False where a shorter text was filled up: padding must not count, or the vector of a text
        would depend on its neighbours in the batch.
    how
        `mean` and `max` go over all tokens, inserted ones such as [CLS] included, as sentence-transformers does;
        `cls` takes the first token, `last` the last that is no padding.

    Raises
    ------
    ValueError
        If a text has no token.
    """
    lengths = mask.sum(axis=1)
    if not lengths.all():
        raise ValueError(f"text {int(np.flatnonzero(lengths == 0)[0])} has no token to pool")
    match how:
        case "mean":
            return np.asarray((tokens * mask[..., None]).sum(axis=1) / lengths[:, None], dtype=tokens.dtype)
        case "max":
            return np.asarray(np.where(mask[..., None], tokens, -np.inf).max(axis=1), dtype=tokens.dtype)
        case "cls":
            return tokens[:, 0]
        case "last":
            return np.asarray(tokens[np.arange(len(tokens)), lengths - 1])


@dataclass(frozen=True, eq=False)
class Embedded:
    """Texts as vectors.

    Attributes
    ----------
    pooled
        `[text, width]` by pooling.
    tokens
        How many tokens of each text were read.
    cut
        Which texts were longer.
    """

    pooled: Mapping[Pooling, FloatArray]
    tokens: tuple[int, ...]
    cut: tuple[bool, ...]


def encode(model: LoadedModel, texts: Sequence[str], *, checkpoint: Callable[[], None]) -> Embedded:
    """Return the vectors of some texts, each after the model's own prefix. A vector does not depend on other texts.

    Parameters
    ----------
    checkpoint
        Called once a batch; may raise to stop.

    Raises
    ------
    NothingToRead
        If the tokenizer makes no token of a text.
    """
    limit = min(MOST_TOKENS, model.shape.positions or MOST_TOKENS)
    encodings = [model.tokenizer.encode(model.record.prefix + text) for text in texts]
    ids = [_cut(encoding, limit) for encoding in encodings]
    for text, each in zip(texts, ids, strict=True):
        if not each:
            raise NothingToRead(text=text[:60])
    pooled = {how: np.empty((len(texts), model.shape.width), dtype=np.float32) for how in POOLINGS}
    # Texts of like length together: a short text in a batch of long ones would mostly compute padding.
    order = sorted(range(len(texts)), key=lambda place: len(ids[place]))
    for start in range(0, len(order), _BATCH):
        checkpoint()
        places = order[start : start + _BATCH]
        vectors, mask = _forward(model, [ids[place] for place in places])
        for how in POOLINGS:
            pooled[how][places] = pool(vectors, mask, how)
    return Embedded(
        pooled,
        tokens=tuple(len(each) for each in ids),
        cut=tuple(len(encoding.ids) > limit for encoding in encodings),
    )


def _cut(encoding: Encoding, limit: int) -> list[int]:
    """Return the ids up to the limit; an inserted token at the end ([SEP]) stays there, as in transformers."""
    ids: list[int] = encoding.ids
    if len(ids) <= limit:
        return ids
    ends_special = bool(encoding.special_tokens_mask[-1])
    return [*ids[: limit - 1], ids[-1]] if ends_special else ids[:limit]


def _forward(model: LoadedModel, ids: Sequence[Sequence[int]]) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Return the last layer's vectors `[text, token, width]`, and which are no padding `[text, token]`."""
    import torch

    longest = max(len(each) for each in ids)
    padding = model.model.config.pad_token_id or 0  # RoBERTa counts positions by it; for the others any id will do
    input_ids = torch.tensor([[*each, *[padding] * (longest - len(each))] for each in ids], device=model.device)
    mask = torch.tensor([[1] * len(each) + [0] * (longest - len(each)) for each in ids], device=model.device)
    with torch.inference_mode():
        vectors = model.model(input_ids=input_ids, attention_mask=mask).last_hidden_state
    return vectors.float().cpu().numpy(), mask.bool().cpu().numpy()
