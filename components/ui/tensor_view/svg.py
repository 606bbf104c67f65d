"""One matrix as SVG, for the Export menu: what the view draws in the browser, on white."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from components.ui.tensor_view.packing import LEVELS, quantise

SEQUENTIAL: Final = [
    "#FFFFFF",
    "#E3EEF8",
    "#C6DCF0",
    "#A5C9E6",
    "#7FB2D9",
    "#5799C9",
    "#347FB6",
    "#1A649E",
    "#0B4A80",
    "#06315C",
]
DIVERGING: Final = [
    "#7F3B08",
    "#B35806",
    "#E08214",
    "#FDB863",
    "#FEF1E0",
    "#EAF2FA",
    "#A0C7E4",
    "#5A9BCB",
    "#2166A8",
    "#053061",
]
_INK: Final = "#111821"
_MARGIN_PX: Final = 10
_TITLE_PX: Final = 36
_LABEL_PX: Final = 150
_LABEL_CHARS: Final = 18
_CELLS_PX: Final = 640
_MOST_CELL_PX: Final = 32
_LABEL_ROOM_PX: Final = 13
_LEGEND_PX: Final = 160


def draw_matrix_svg(
    values: NDArray[Any],
    *,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    lowest: float,
    highest: float,
    groups: Sequence[str] = (),
) -> str:
    """Draw `values`, `[row, column]`; the other parameters are those of `matrix_view`."""
    cell = min(_CELLS_PX / max(values.shape), _MOST_CELL_PX)
    left, top = _MARGIN_PX + _LABEL_PX, _TITLE_PX + _LABEL_PX
    wide, high = cell * len(columns), cell * len(rows)
    colours = colour_levels(DIVERGING if lowest < 0 else SEQUENTIAL)
    parts = [_text(_MARGIN_PX, 22, title, extra='font-weight="600"')]
    for text, middle in _labels(rows, groups, cell):
        parts.append(_text(left - 6, top + middle * cell + 4, text, extra='text-anchor="end"'))
    for text, middle in _labels(columns, groups, cell):
        x, y = left + middle * cell + 4, top - 6
        parts.append(_text(x, y, text, extra=f'transform="rotate(-90 {x:.1f} {y:.1f})"'))
    parts.append(f'<g transform="translate({left} {top}) scale({cell:.4f})" shape-rendering="crispEdges">')
    parts += _cells(quantise(values, lowest, highest), colours)
    parts.append("</g>")
    parts.append(f'<rect x="{left}" y="{top}" width="{wide:.1f}" height="{high:.1f}" fill="none" stroke="{_INK}"/>')
    y = top + high + 16
    stops = (
        f'<stop offset="{level / LEVELS:.3f}" stop-color="{colours[level]}"/>' for level in range(0, LEVELS + 1, 15)
    )
    parts.append(f'<defs><linearGradient id="scale">{"".join(stops)}</linearGradient></defs>')
    parts.append(f'<rect x="{left}" y="{y:.1f}" width="{_LEGEND_PX}" height="12" fill="url(#scale)" stroke="{_INK}"/>')
    parts.append(_text(left - 6, y + 11, f"{lowest:.3g}", extra='text-anchor="end"'))
    parts.append(_text(left + _LEGEND_PX + 6, y + 11, f"{highest:.3g}"))
    width, height = left + max(wide, _LEGEND_PX + 60) + _MARGIN_PX, y + 12 + _MARGIN_PX
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="Pretendard, Noto Sans KR, sans-serif" font-size="13">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def _labels(texts: Sequence[str], groups: Sequence[str], cell: float) -> Iterator[tuple[str, float]]:
    """Yield what is written beside rows or columns, and its middle: labels, groups, or some labels."""
    step = max(1, int(np.ceil(_LABEL_ROOM_PX / cell)))
    if step == 1 or not groups:
        for place in range(0, len(texts), step):
            text = texts[place]
            yield text if len(text) <= _LABEL_CHARS else text[: _LABEL_CHARS - 1] + "…", place + 0.5
        return
    for group, run in groupby(range(len(texts)), lambda place: groups[place]):
        places = list(run)
        yield group, places[0] + len(places) / 2


def _cells(levels: NDArray[np.uint8], colours: Sequence[str]) -> Iterator[str]:
    """Yield one path for each level that occurs: a tenth of what single rectangles take."""
    for level in np.unique(levels):
        squares = "".join(f"M{column} {row}h1v1h-1z" for row, column in np.argwhere(levels == level))
        yield f'<path fill="{colours[level]}" d="{squares}"/>'


def colour_levels(names: Sequence[str]) -> list[str]:
    """Return a colour for each level, with even steps between those given."""
    given = np.array([[int(name[start : start + 2], 16) for start in (1, 3, 5)] for name in names])
    places = np.linspace(0, len(given) - 1, LEVELS + 1)
    channels = [np.interp(places, np.arange(len(given)), given[:, channel]) for channel in range(3)]
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in np.rint(channels).astype(int).T]


def _text(x: float, y: float, text: str, *, extra: str = "") -> str:
    written = "".join(character for character in text if character.isprintable() or character == "\u200d")
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{_INK}" {extra}>{escape(written)}</text>'
