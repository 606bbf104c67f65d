"""Text whose every character can be seen: spaces as ·, line breaks as ↵, tabs as ⇥, other invisible ones by name.

The unit is the grapheme cluster: the joiner inside an emoji family belongs to a visible character and stays; a joiner
alone is written ⟨ZWJ⟩.
"""

from __future__ import annotations

import unicodedata
from typing import Final

import regex  # type: ignore[import-untyped]  # the package ships no types

SPACE: Final = "·"
LINE_BREAK: Final = "↵"
TAB: Final = "⇥"

_DRAWN: Final = {" ": SPACE, "\n": LINE_BREAK, "\r\n": LINE_BREAK, "\t": TAB}
_DOTTED_CIRCLE: Final = "◌"  # what a combining mark is drawn on when it has no letter of its own

# Unicode's abbreviations (NameAliases.txt); the controls from 0 to 31 in order.
_CONTROLS: Final = [
    "NUL", "SOH", "STX", "ETX", "EOT", "ENQ", "ACK", "BEL", "BS", "HT", "LF", "VT", "FF", "CR", "SO", "SI",
    "DLE", "DC1", "DC2", "DC3", "DC4", "NAK", "SYN", "ETB", "CAN", "EM", "SUB", "ESC", "FS", "GS", "RS", "US",
]  # fmt: skip
_ABBREVIATIONS: Final = {
    **{chr(code): name for code, name in enumerate(_CONTROLS)},
    "\x7f": "DEL",
    "\x85": "NEL",
    "\xa0": "NBSP",
    "\xad": "SHY",
    "\u061c": "ALM",
    "\u200b": "ZWSP",
    "\u200c": "ZWNJ",
    "\u200d": "ZWJ",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u2028": "LS",
    "\u2029": "PS",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u202f": "NNBSP",
    "\u2060": "WJ",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
    "\ufeff": "BOM",
}
_UNSEEN_CATEGORIES: Final = frozenset(("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs"))


def cluster_spans(text: str) -> list[tuple[int, int]]:
    r"""Return `[start, end)` of each grapheme cluster (UAX #29, `\X`), in characters; together they cover the text."""
    return [match.span() for match in regex.finditer(r"\X", text)]


def visible(text: str) -> str:
    """Return the text with invisible characters made visible."""
    if text.isascii() and text.isprintable() and " " not in text:  # most words, and a board has hundreds
        return text
    return "".join(_visible_cluster(text[start:end]) for start, end in cluster_spans(text))


def visible_piece(piece: str) -> str:
    """Return a vocabulary's piece with SentencePiece's mark drawn as the space that it means."""
    return visible(piece.replace("▁", " "))


def _visible_cluster(cluster: str) -> str:
    first, rest = cluster[0], cluster[1:]
    if cluster in _DRAWN:
        return _DRAWN[cluster]
    if first in _DRAWN or unicodedata.category(first) in _UNSEEN_CATEGORIES:
        return (_DRAWN.get(first) or _named(first)) + visible(rest)  # a mark may follow, e.g. an accent on a space
    return _DOTTED_CIRCLE + cluster if unicodedata.category(first).startswith("M") else cluster


def _named(character: str) -> str:
    return f"⟨{_ABBREVIATIONS.get(character) or f'U+{ord(character):04X}'}⟩"
