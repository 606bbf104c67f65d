"""A piece a model cuts a word into: the common end of every trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from components.tokenizer.errors import CannotSpell

BYTE_PIECE: Final = "<0x{:02X}>"  # how SentencePiece vocabularies write a single byte


@dataclass(frozen=True)
class Piece:
    """A piece of a word.

    Attributes
    ----------
    id, token
        Number in the vocabulary, and the piece as the vocabulary spells it.
    start, end
        The characters `[start, end)` of the word it covers. Byte pieces of one character share them.
    """

    id: int
    token: str
    start: int
    end: int


def byte_pieces(text: str, vocabulary: Mapping[str, int]) -> list[str] | None:
    """Return the pieces of the UTF-8 bytes of a text, or None unless the vocabulary has every one of them.

    This is *byte fallback*: what no piece covers is spelled byte by byte instead of becoming unknown.
    """
    pieces = [BYTE_PIECE.format(byte) for byte in text.encode("utf-8")]
    return pieces if all(piece in vocabulary for piece in pieces) else None


def unknown_id(vocabulary: Mapping[str, int], unknown: str, *, model: str, text: str) -> int:
    """Return the id of the piece that stands for unknown text.

    Raises
    ------
    CannotSpell
        If the vocabulary does not have it: `tokenizers` fails on such a text too.
    """
    if unknown not in vocabulary:
        raise CannotSpell(model=model, text=text)
    return vocabulary[unknown]
