"""Heads as vector files: lines from tokens to tokens as BertViz draws them, or tables of squares.

BertViz itself cannot save what it shows, nor can a canvas. The ground is transparent and the ink a mid grey-blue, so
that a figure can stand on paper and on a dark slide; lines and squares are as opaque as their weights.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

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


def head_svg(weights: NDArray[Any], *, queries: Sequence[str], keys: Sequence[str], title: str) -> str:
    """Draw one head, `weights[query, key]`, with its tokens on both sides."""
    rows = max(len(queries), len(keys))
    left, right, top = _TEXT_PX, _TEXT_PX + _SPAN_PX, _EDGE_PX
    parts = [_text(8, 18, title, weight="600")]
    parts += [_text(left - 6, top + (i + 0.7) * _ROW_PX, text, anchor="end") for i, text in enumerate(queries)]
    parts += [_text(right + 6, top + (i + 0.7) * _ROW_PX, text) for i, text in enumerate(keys)]
    parts += _lines(weights, x=left, y=top, width=_SPAN_PX, row=_ROW_PX)
    return _document(parts, width=right + _TEXT_PX, height=top + rows * _ROW_PX + 8)


def heads_svg(weights: NDArray[Any], *, title: str, first_layer: int = 0, as_lines: bool = True) -> str:
    """Draw every head, `weights[layer, head, query, key]`, as a tile: layers down, heads across, counted from 0.

    A tile has lines as BertViz draws them, or else a table of squares.
    """
    layers, heads, queries, keys = weights.shape
    step = _TILE_PX + _GAP_PX
    parts = [_text(8, 18, title, weight="600")]
    for head in range(heads):
        parts.append(_text(_EDGE_PX + head * step + _TILE_PX / 2, _EDGE_PX + 12, str(head), anchor="middle"))
    for layer in range(layers):
        top = _EDGE_PX + 20 + layer * step
        parts.append(_text(_EDGE_PX - 10, top + _TILE_PX / 2, str(first_layer + layer), anchor="end"))
        for head in range(heads):
            x, row = _EDGE_PX + head * step, _TILE_PX / max(queries, keys)
            if as_lines:
                parts += _lines(weights[layer, head], x=x, y=top, width=_TILE_PX, row=row)
            else:
                parts += _squares(weights[layer, head], x=x, y=top, cell=row)
    return _document(parts, width=_EDGE_PX + heads * step, height=_EDGE_PX + 20 + layers * step)


def _lines(weights: NDArray[Any], *, x: float, y: float, width: float, row: float) -> Iterator[str]:
    for query, key in np.argwhere(weights >= FAINTEST):
        y1, y2 = y + (query + 0.5) * row, y + (key + 0.5) * row
        yield (
            f'<line x1="{x:.1f}" y1="{y1:.1f}" x2="{x + width:.1f}" y2="{y2:.1f}" stroke="{_LINE}" stroke-width="1.8" '
            f'stroke-opacity="{float(weights[query, key]):.3f}"/>'
        )


def _squares(weights: NDArray[Any], *, x: float, y: float, cell: float) -> Iterator[str]:
    rows, columns = weights.shape
    for query, key in np.argwhere(weights >= FAINTEST):
        yield (
            f'<rect x="{x + key * cell:.2f}" y="{y + query * cell:.2f}" width="{cell:.2f}" height="{cell:.2f}" '
            f'fill="{_LINE}" fill-opacity="{min(1.0, float(weights[query, key])):.3f}"/>'
        )
    yield (
        f'<rect x="{x:.2f}" y="{y:.2f}" width="{columns * cell:.2f}" height="{rows * cell:.2f}" fill="none" '
        f'stroke="{_INK}"/>'
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
