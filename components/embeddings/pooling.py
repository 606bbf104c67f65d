"""From one vector a token to one vector a text: what sentence-transformers calls pooling.

Reimers and Gurevych 2019 (arXiv 1908.10084), section 3; the names are those of sentence-transformers' `Pooling`.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
Pooling = Literal["mean", "cls", "max", "last"]

POOLINGS: Final[tuple[Pooling, ...]] = ("mean", "cls", "max", "last")


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
