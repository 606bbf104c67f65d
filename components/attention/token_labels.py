"""What stands on an axis or a line for a token: short, with whitespace and invisible characters made visible."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Final

from components.models.inputs import Token

MOST_LABEL_CHARACTERS: Final = 14

_MARKS: Final = {" ": "·", "\u00a0": "·", "\n": "↵", "\r": "↵", "\t": "⇥"}
_INVISIBLE: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")  # controls, direction marks, surrogates: they would act, not show


def token_labels(tokens: Sequence[Token]) -> list[str]:
    """Return one label a token: the piece as the model knows it, or the text it covers where the piece is encoded.

    Byte-level vocabularies and SentencePiece write a space, and all that is not ASCII, as other characters ("Ġcat").
    """
    return [label(token.piece if _is_plain(token.piece) else token.text) for token in tokens]


def label(text: str) -> str:
    """Make a text visible and short."""
    shown = "".join(_visible(character) for character in text[: MOST_LABEL_CHARACTERS + 1])
    return shown if len(shown) <= MOST_LABEL_CHARACTERS else shown[: MOST_LABEL_CHARACTERS - 1] + "…"


def numbered(labels: Sequence[str]) -> list[str]:
    """Put each label's position before it, so that no two are alike: "5 cat"."""
    return [f"{position} {text}" for position, text in enumerate(labels)]


def _is_plain(piece: str) -> bool:
    return piece.isascii() or piece.startswith("##")


def _visible(character: str) -> str:
    if character in _MARKS:
        return _MARKS[character]
    return f"\\u{ord(character):04x}" if unicodedata.category(character) in _INVISIBLE else character
