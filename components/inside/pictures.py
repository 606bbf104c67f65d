"""The board as a vector file: what the browser draws, on white."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

from components.core.i18n import _
from components.ui.tensor_view.packing import Face, quantise
from components.ui.tensor_view.svg import DIVERGING, SEQUENTIAL, colour_levels

_INK: Final = "#111821"
_ROW_PX: Final = 26
_COLUMN_PX: Final = 92
_LABEL_PX: Final = 150
_TOP_PX: Final = 64
_DARK: Final = 140
MOST_DRAWN_TOKENS: Final = 64


def name_part_drawn(title: str, tokens: int) -> str:
    """Return the title of a board, with the part of its tokens that is drawn if that is not all."""
    if tokens <= MOST_DRAWN_TOKENS:
        return title
    return _("{title} (tokens 0 to {last})").format(title=title, last=MOST_DRAWN_TOKENS - 1)


def draw_board_svg(face: Face, *, title: str, rows: Sequence[str], columns: Sequence[str]) -> str:
    """Draw one face of a board, up to `MOST_DRAWN_TOKENS`: see `name_part_drawn`."""
    tokens = min(len(columns), MOST_DRAWN_TOKENS)
    colours = colour_levels(DIVERGING if face.lowest < 0 else SEQUENTIAL)
    levels = quantise(face.shades, face.lowest, face.highest)
    parts = [_text(8, 24, title, extra='font-weight="600"')]
    for column, token in enumerate(columns[:tokens]):
        parts.append(_text(_LABEL_PX + (column + 0.5) * _COLUMN_PX, _TOP_PX - 8, token, extra='text-anchor="middle"'))
    for row, name in enumerate(rows):
        y = _TOP_PX + row * _ROW_PX
        parts.append(_text(_LABEL_PX - 8, y + 17, name, extra='text-anchor="end"'))
        for column in range(tokens):
            x, colour = _LABEL_PX + column * _COLUMN_PX, colours[levels[row, column]]
            parts.append(f'<rect x="{x}" y="{y}" width="{_COLUMN_PX - 1}" height="{_ROW_PX - 1}" fill="{colour}"/>')
            place = row * len(columns) + column
            text = face.cells[place] if face.cells else f"{face.values[row, column]:.{face.decimals}f}"
            ink = "#ffffff" if _brightness(colour) < _DARK else _INK
            parts.append(_text(x + _COLUMN_PX / 2, y + 17, text, extra='text-anchor="middle"', ink=ink))
    width, height = _LABEL_PX + tokens * _COLUMN_PX + 8, _TOP_PX + len(rows) * _ROW_PX + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'font-family="Pretendard, Noto Sans KR, sans-serif" font-size="13">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>'
    )


def _brightness(colour: str) -> float:
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def _text(x: float, y: float, text: str, *, extra: str = "", ink: str = _INK) -> str:
    written = "".join(character for character in text if character.isprintable() or character == "\u200d")
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{ink}" {extra}>{escape(written)}</text>'
