"""The tokens over the text as a picture: plain SVG, the same chips as on the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from components.models.byte_alphabet import Spelling
from components.tokenizer.graphemes import Group
from components.tokenizer.labels import group_label

MOST_CHIPS: Final = 400
WIDTH_PX: Final = 960

_GOLDEN_ANGLE: Final = 137.508  # token_chips.js takes the same: one id has one hue everywhere
_LETTER_PX: Final = 9.0
_DIGIT_PX: Final = 6.6
_PADDING_PX: Final = 9
_GAP_PX: Final = 6
_CHIP_HEIGHT_PX: Final = 46
_WIDE_FROM: Final = 0x1100  # Hangul, kana, ideographs and emoji take about two letters' width


def chips_svg(groups: Sequence[Group], spelling: Spelling) -> str:
    """Return a picture of the first `MOST_CHIPS` groups, black on white, in rows of `WIDTH_PX`."""
    drawn: list[str] = []
    x, y = _GAP_PX, _GAP_PX
    for group in groups[:MOST_CHIPS]:
        label = group_label(group, spelling)
        ids = " ".join(str(token.id) for token in group.tokens)
        width = round(max(_text_px(label), len(ids) * _DIGIT_PX) + 2 * _PADDING_PX)
        if x + width > WIDTH_PX and x > _GAP_PX:
            x, y = _GAP_PX, y + _CHIP_HEIGHT_PX + _GAP_PX
        drawn.append(_chip(label, ids, x, y, width, special=group.tokens[0].special, first_id=group.tokens[0].id))
        x += width + _GAP_PX
    height = y + _CHIP_HEIGHT_PX + _GAP_PX
    ground = f'<rect width="{WIDTH_PX}" height="{height}" fill="#ffffff"/>'
    size = f'width="{WIDTH_PX}" height="{height}" viewBox="0 0 {WIDTH_PX} {height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n{ground}\n' + "\n".join(drawn) + "\n</svg>\n"


def _chip(label: str, ids: str, x: int, y: int, width: int, *, special: bool, first_id: int) -> str:
    look = (
        'fill="none" stroke="#1b2430" stroke-dasharray="4 3"'
        if special
        else f'fill="hsl({first_id * _GOLDEN_ANGLE % 360:.0f}, 70%, 88%)"'
    )
    centre = x + width / 2
    font = 'text-anchor="middle" fill="#1b2430" font-family'
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{_CHIP_HEIGHT_PX}" rx="6" {look}/>'
        f'<text x="{centre}" y="{y + 20}" {font}="monospace" font-size="15">{_xml(label)}</text>'
        f'<text x="{centre}" y="{y + 38}" {font}="sans-serif" font-size="11">{ids}</text>'
    )


def _text_px(text: str) -> float:
    return sum(_LETTER_PX * (2 if ord(character) >= _WIDE_FROM else 1) for character in text)


def _xml(text: str) -> str:
    """Escape a text, and leave out the code points that XML 1.0 has no way to write."""
    return escape("".join(character for character in text if character.isprintable() or character == "\u200d"))
