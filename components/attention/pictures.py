"""Pictures that are no Plotly chart: all heads as small tiles, and BertViz's lines as a vector file.

One picture of tiles stands for up to hundreds of charts, so that 512 tokens stay light. A tile keeps the largest weight
of each block of cells: with the mean, a head that looks at exactly one token would fade away in a long text.

BertViz itself cannot save what it shows. The lines have a transparent ground and mid grey-blue ink, so that the figure
can stand on paper and on a dark slide: a line from each token to what it looks at, as opaque as its weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

MOST_CELLS: Final = 200_000
"""Of a whole picture, a byte each, which bounds what is sent to the browser."""

MOST_TILE_CELLS: Final = 48
LEAST_TILE_CELLS: Final = 8
NAME_SHARE: Final = 0.2
"""Of a tile's height: the room for a name above it."""

FAINTEST: Final = 0.01
"""Weights below are left out: no eye and no printer shows them."""

_INK: Final = "#5b6b7c"
_LINE: Final = "#1f77b4"
_ROW_PX: Final = 22
_TEXT_PX: Final = 130
_SPAN_PX: Final = 160
_TILE_PX: Final = 72
_GAP_PX: Final = 10
_EDGE_PX: Final = 34


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


def head_svg(weights: NDArray[Any], *, queries: Sequence[str], keys: Sequence[str], title: str) -> str:
    """Draw one head, `weights[query, key]`, with its tokens on both sides."""
    rows = max(len(queries), len(keys))
    left, right, top = _TEXT_PX, _TEXT_PX + _SPAN_PX, _EDGE_PX
    parts = [_text(8, 18, title, weight="600")]
    parts += [_text(left - 6, top + (i + 0.7) * _ROW_PX, text, anchor="end") for i, text in enumerate(queries)]
    parts += [_text(right + 6, top + (i + 0.7) * _ROW_PX, text) for i, text in enumerate(keys)]
    parts += _lines(weights, x=left, y=top, width=_SPAN_PX, row=_ROW_PX)
    return _document(parts, width=right + _TEXT_PX, height=top + rows * _ROW_PX + 8)


def pattern_svg(weights: NDArray[Any], *, queries: Sequence[str], keys: Sequence[str], title: str) -> str:
    """Draw one head, `weights[query, key]`, as a table of squares, as opaque as their weights."""
    left, top = _TEXT_PX, _EDGE_PX + _TEXT_PX
    parts = [_text(8, 18, title, weight="600")]
    for row, text in enumerate(queries):
        parts.append(_text(left - 6, top + (row + 0.7) * _ROW_PX, text, anchor="end"))
    for column, text in enumerate(keys):
        x = left + (column + 0.7) * _ROW_PX
        parts.append(f'<g transform="rotate(-90 {x:.1f} {top - 6})">{_text(x, top - 6, text)}</g>')
    for row, column in np.argwhere(weights >= FAINTEST):
        x, y = left + column * _ROW_PX, top + row * _ROW_PX
        opacity = min(1.0, float(weights[row, column]))
        parts.append(
            f'<rect x="{x}" y="{y}" width="{_ROW_PX - 1}" height="{_ROW_PX - 1}" fill="{_LINE}" '
            f'fill-opacity="{opacity:.3f}"/>'
        )
    side = len(keys) * _ROW_PX
    parts.append(
        f'<rect x="{left}" y="{top}" width="{side}" height="{len(queries) * _ROW_PX}" fill="none" stroke="{_INK}"/>'
    )
    return _document(parts, width=left + side + 8, height=top + len(queries) * _ROW_PX + 8)


def heads_svg(weights: NDArray[Any], *, title: str) -> str:
    """Draw every head, `weights[layer, head, query, key]`, as a tile: layers down, heads across, counted from 0."""
    layers, heads, queries, keys = weights.shape
    step = _TILE_PX + _GAP_PX
    parts = [_text(8, 18, title, weight="600")]
    for head in range(heads):
        parts.append(_text(_EDGE_PX + head * step + _TILE_PX / 2, _EDGE_PX + 12, str(head), anchor="middle"))
    for layer in range(layers):
        top = _EDGE_PX + 20 + layer * step
        parts.append(_text(_EDGE_PX - 10, top + _TILE_PX / 2, str(layer), anchor="end"))
        for head in range(heads):
            x, row = _EDGE_PX + head * step, _TILE_PX / max(queries, keys)
            parts += _lines(weights[layer, head], x=x, y=top, width=_TILE_PX, row=row)
    return _document(parts, width=_EDGE_PX + heads * step, height=_EDGE_PX + 20 + layers * step)


def _lines(weights: NDArray[Any], *, x: float, y: float, width: float, row: float) -> Iterator[str]:
    for query, key in np.argwhere(weights >= FAINTEST):
        y1, y2 = y + (query + 0.5) * row, y + (key + 0.5) * row
        yield (
            f'<line x1="{x:.1f}" y1="{y1:.1f}" x2="{x + width:.1f}" y2="{y2:.1f}" stroke="{_LINE}" stroke-width="1.8" '
            f'stroke-opacity="{float(weights[query, key]):.3f}"/>'
        )


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "400") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} font-weight="{weight}" fill="{_INK}">{escape(text)}</text>'


def _document(parts: Sequence[str], *, width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="Pretendard, Noto Sans KR, sans-serif" font-size="13">'
        f"{''.join(parts)}</svg>"
    )
