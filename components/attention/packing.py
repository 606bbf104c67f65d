"""Attention as few bytes: one byte a number, deflated, in base64, with the step that turns it back.

A row of attention sums to 1, so over n keys its bytes average 255 / n: their entropy is bounded (3.6 bits a weight at
64 keys, 2.8 at 128), and deflate comes near it for any model. As JSON the same weight takes about 20 bytes.
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

WEIGHT_STEP: Final = 1 / 255
"""Distance between two attention weights that a byte can tell apart; a screen has as many levels of opacity."""

_SIGNED_LEVELS: Final = 127


@dataclass(frozen=True)
class Packed:
    """An array of one byte a number.

    Attributes
    ----------
    data
        The bytes, row by row, deflated (zlib), in base64.
    shape
        `[layer, head, row, column]`.
    steps
        `[layer][head]`: a byte times its head's step is the number, off by half a step at most.
    signed
        Whether the bytes are two's complement.
    """

    data: str
    shape: tuple[int, ...]
    steps: list[list[float]]
    signed: bool


def packed_weights(weights: NDArray[Any]) -> Packed:
    """Pack attention weights, `[layer, head, query, key]`, between 0 and 1."""
    levels = np.rint(weights.astype(np.float32) / WEIGHT_STEP).astype(np.uint8)
    layers, heads = weights.shape[:2]
    return Packed(packed_bytes(levels.tobytes()), weights.shape, [[WEIGHT_STEP] * heads] * layers, signed=False)


def packed_vectors(vectors: NDArray[Any]) -> Packed:
    """Pack queries or keys, `[layer, head, position, dim]`; each head's step is its largest number / 127."""
    vectors = vectors.astype(np.float32)
    largest = np.abs(vectors).max(axis=(2, 3), keepdims=True)
    steps = np.where(largest > 0, largest / _SIGNED_LEVELS, 1.0)
    levels = np.rint(vectors / steps).astype(np.int8)
    return Packed(packed_bytes(levels.tobytes()), vectors.shape, steps[:, :, 0, 0].tolist(), signed=True)


def packed_bytes(data: bytes) -> str:
    """Deflate bytes and write them in base64."""
    return base64.b64encode(zlib.compress(data, level=9)).decode("ascii")
