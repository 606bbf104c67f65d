"""All heads at a glance: one picture of small tiles instead of 144 charts, so that 512 tokens stay light.

A tile keeps the largest weight of each block of cells. The mean would let a head that looks at exactly one token, the
most interesting kind, fade away in a long text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MOST_CELLS: Final = 200_000
"""Of a whole picture, a byte each: 0.27 MB in base64."""

MOST_TILE_CELLS: Final = 48
LEAST_TILE_CELLS: Final = 8

NAME_SHARE: Final = 0.2
"""Of a tile's height: the room for a name above it."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """Patterns as tiles in rows and columns.

    Attributes
    ----------
    picture
        `[y, x]`, the weight times 255; between two tiles one empty line.
    row_gap
        Empty lines between two rows of tiles.
    tile
        Cells of a tile's side.
    per_cell
        How many tokens a cell stands for; 1 where nothing was joined.
    rows, columns
        How many tiles.
    """

    picture: NDArray[np.uint8]
    tile: int
    per_cell: int
    rows: int
    columns: int
    row_gap: int = 1

    def centre(self, row: int, column: int) -> tuple[float, float]:
        """Return `(x, y)` of a tile's middle in the picture."""
        across, down = self.tile + 1, self.tile + self.row_gap
        return column * across + (self.tile - 1) / 2, row * down + (self.tile - 1) / 2


def tiles(weights: NDArray[Any], *, columns: int, named: bool = False) -> Tiles:
    """Arrange patterns as tiles.

    Parameters
    ----------
    weights
        `[pattern, query, key]`.
    columns
        Tiles a row.
    named
        Whether a name stands above each tile, between the rows.
    """
    count, queries, keys = weights.shape
    rows = -(-count // columns)
    side = int(np.clip(np.sqrt(MOST_CELLS / (rows * columns)) - 1, LEAST_TILE_CELLS, MOST_TILE_CELLS))
    per_cell = -(-max(queries, keys) // side)
    tile = -(-max(queries, keys) // per_cell)
    row_gap = max(1, round(tile * NAME_SHARE)) if named else 1
    across, down = tile + 1, tile + row_gap
    picture = np.zeros((rows * down - row_gap, columns * across - 1), dtype=np.uint8)
    for number, pattern in enumerate(weights):
        y, x = (number // columns) * down, (number % columns) * across
        picture[y : y + tile, x : x + tile] = _tile(pattern, tile=tile, per_cell=per_cell)
    return Tiles(picture, tile=tile, per_cell=per_cell, rows=rows, columns=columns, row_gap=row_gap)


def _tile(pattern: NDArray[Any], *, tile: int, per_cell: int) -> NDArray[np.uint8]:
    side = tile * per_cell
    padded = np.zeros((side, side), dtype=np.float32)
    padded[: pattern.shape[0], : pattern.shape[1]] = pattern
    blocks: NDArray[np.float32] = padded.reshape(tile, per_cell, tile, per_cell).max(axis=(1, 3))
    levels: NDArray[np.uint8] = np.rint(blocks * 255).astype(np.uint8)
    return levels
