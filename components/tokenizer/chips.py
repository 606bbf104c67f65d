"""Tokens as a reader sees them: grouped by characters, with a label each, and as a picture.

A token boundary may fall inside what is one character on the screen: GPT-2 needs two tokens for most emoji, and an
emoji family is seven code points. Shown one by one such tokens are unreadable (half an emoji is no text at all), so
tokens that share a *grapheme cluster* form one group with one text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from components.core.visible import cluster_spans, visible
from components.models.byte_alphabet import Spelling
from components.tokenizer.encode import Encoding, Token


@dataclass(frozen=True)
class Group:
    """One token, or neighbouring tokens that make up a character between them.

    Attributes
    ----------
    tokens
        In order, without gap.
    start, end
        The characters `[start, end)` of the source text they cover together; (0, 0) for an inserted token.
    text
        That text; empty for an inserted token.
    """

    tokens: tuple[Token, ...]
    start: int
    end: int
    text: str

    @property
    def sequence(self) -> int | None:
        """Which of the two texts it comes from; None for an inserted token."""
        return self.tokens[0].sequence


def group_tokens(encoding: Encoding) -> tuple[Group, ...]:
    """Group the tokens of an encoded text, in order."""
    starts = [[start for start, _ in cluster_spans(source.text)] for source in encoding.sources]
    runs: list[list[Token]] = []
    clusters: tuple[int, int] | None = None  # the first and last cluster that the current run touches
    for token in encoding.tokens:
        touched = _touched_clusters(token, starts)
        if clusters and touched and runs[-1][-1].sequence == token.sequence and _overlap(clusters, touched):
            runs[-1].append(token)
            clusters = min(clusters[0], touched[0]), max(clusters[1], touched[1])
        else:
            runs.append([token])
            clusters = touched
    return tuple(_group(run, encoding) for run in runs)


def _touched_clusters(token: Token, starts: Sequence[Sequence[int]]) -> tuple[int, int] | None:
    """Return the numbers of the first and last cluster a token has a part of; None if it covers no text."""
    if token.sequence is None or token.start == token.end:
        return None
    here = starts[token.sequence]
    return bisect_right(here, token.start), bisect_right(here, token.end - 1)


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _group(run: Sequence[Token], encoding: Encoding) -> Group:
    sequence = run[0].sequence
    start, end = min(token.start for token in run), max(token.end for token in run)
    return Group(tuple(run), start, end, "" if sequence is None else encoding.sources[sequence].text[start:end])


def group_label(group: Group, spelling: Spelling) -> str:
    """Return what stands on the chip of a group.

    Several tokens of one character show that character. A token that was inserted, that is unknown, or that a plain
    vocabulary spells (`##able`) shows its name in the vocabulary; any other the text its bytes spell.
    """
    if len(group.tokens) > 1:
        return visible(group.text)
    token = group.tokens[0]
    if token.special or token.unknown or spelling.kind == "plain":
        return visible(token.token)
    return _written(token.bytes) if token.bytes else visible(token.token)


def piece_label(token: str, spelling: Spelling) -> str:
    """Return what stands for a piece in a trace: the text it spells, or its bytes if they are no text by themselves."""
    return visible(token) if spelling.kind == "plain" else _written(spelling.bytes_of(token, covered=token))


def format_bytes(data: bytes) -> str:
    """Return bytes as pairs of hexadecimal digits."""
    return data.hex(" ").upper()


def _written(data: bytes) -> str:
    try:
        return visible(data.decode("utf-8"))
    except UnicodeDecodeError:
        return f"⟨{format_bytes(data)}⟩"


MOST_CHIPS: Final = 400
WIDTH_PX: Final = 960

_GOLDEN_ANGLE: Final = 137.508  # token_chips.js takes the same: one id has one hue everywhere
_LETTER_PX: Final = 9.0
_DIGIT_PX: Final = 6.6
_PADDING_PX: Final = 9
_GAP_PX: Final = 6
_CHIP_HEIGHT_PX: Final = 46
_WIDE_FROM: Final = 0x1100  # Hangul, kana, ideographs and emoji take about two letters' width


def draw_chips_svg(groups: Sequence[Group], spelling: Spelling) -> str:
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
        'fill="none" stroke="#111821" stroke-dasharray="4 3"'
        if special
        else f'fill="hsl({first_id * _GOLDEN_ANGLE % 360:.0f}, 70%, 88%)"'
    )
    centre = x + width / 2
    font = 'text-anchor="middle" fill="#111821" font-family'
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
