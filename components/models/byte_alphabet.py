"""Which bytes a token stands for: the three ways in which vocabularies spell bytes as text.

A vocabulary file is text, but a token may be any bytes, such as half of an emoji. So the bytes are spelled:

- *byte-level* (GPT-2 and most models since): each of the 256 bytes has a printable stand-in. A space is written
  ``Ġ``, a line break ``Ċ``, the two bytes of ``é`` are written ``Ã©``.
- *SentencePiece* (Llama 2, Gemma, T5): text as it is, a space written ``▁``, and a byte that belongs to no piece
  written ``<0x0A>``.
- *plain* (BERT): no spelling at all. The piece is normalized text (lower case, without accents), so its bytes are
  those of the source text it covers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, Self

from tokenizers import Tokenizer

METASPACE: Final = "▁"
_BYTE_PIECE: Final = re.compile(r"<0x([0-9A-F]{2})>")


@cache
def bytes_to_unicode() -> dict[int, str]:
    """Return the printable stand-in of each of the 256 bytes (Radford et al. 2019, `encoder.py` of GPT-2).

    A byte that is a visible Latin-1 character stands for itself; the other 68 (controls, spaces, the soft hyphen)
    take the code points from 256 up, in order, because a tokenizer that splits at whitespace must not see them.
    """
    visible = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    stand_ins = {byte: chr(byte) for byte in visible}
    hidden = (byte for byte in range(256) if byte not in visible)
    return stand_ins | {byte: chr(256 + position) for position, byte in enumerate(hidden)}


@cache
def unicode_to_bytes() -> dict[str, int]:
    """Return the inverse of `bytes_to_unicode`."""
    return {stand_in: byte for byte, stand_in in bytes_to_unicode().items()}


@dataclass(frozen=True)
class Spelling:
    """How one tokenizer's vocabulary spells bytes.

    Attributes
    ----------
    kind
        See the module's docstring.
    prefix, suffix
        Marks of the model that are no part of the text: `##` before a piece inside a word, `</w>` at a word's end.
    """

    kind: Literal["byte-level", "sentencepiece", "plain"]
    prefix: str = ""
    suffix: str = ""

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Self:
        """Read it off the tokenizer's components (their own JSON state, which is small, unlike the vocabulary's)."""
        states = [
            component.__getstate__().decode("utf-8")
            for component in (tokenizer.pre_tokenizer, tokenizer.decoder)
            if component is not None
        ]
        marks = {
            "prefix": getattr(tokenizer.model, "continuing_subword_prefix", None) or "",
            "suffix": getattr(tokenizer.model, "end_of_word_suffix", None) or "",
        }
        if any('"ByteLevel"' in state for state in states):
            return cls("byte-level", **marks)
        if any(METASPACE in state or '"ByteFallback"' in state for state in states):
            return cls("sentencepiece", **marks)
        return cls("plain", **marks)

    def bytes_of(self, token: str, *, covered: str) -> bytes:
        """Return the bytes a token of the model stands for.

        Parameters
        ----------
        token
            The token as the vocabulary spells it.
        covered
            The source text at its offsets.
        """
        if self.kind == "plain":
            return covered.encode("utf-8")
        token = token.removeprefix(self.prefix).removesuffix(self.suffix)
        if self.kind == "byte-level":
            # A piece with a character outside the alphabet is no spelling: it was added to the vocabulary as it is.
            stand_ins = unicode_to_bytes()
            spelled = all(character in stand_ins for character in token)
            return bytes(map(stand_ins.__getitem__, token)) if spelled else token.encode("utf-8")
        if match := _BYTE_PIECE.fullmatch(token):
            return bytes([int(match[1], 16)])
        return token.replace(METASPACE, " ").encode("utf-8")
