r"""The text as it will be cut: what a visitor typed, made safe to encode, with a note of everything that was changed.

Two things cannot go into a tokenizer as they are. A *lone surrogate* (JSON's "\ud800") is half of a UTF-16 pair, and
no UTF-8 exists for half a character. A very long text would keep everybody else on the same machine waiting.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST_CHARACTERS: Final = 100_000
REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class Source:
    """A text that can be encoded.

    Attributes
    ----------
    text
        What is encoded; every offset counts its characters (Unicode code points).
    cut_characters
        How many characters at the end were left out because the text was too long.
    replaced_surrogates
        How many lone surrogates stand as U+FFFD in `text`.
    """

    text: str
    cut_characters: int = 0
    replaced_surrogates: int = 0


def readable(text: str, *, most_characters: int = MOST_CHARACTERS) -> Source:
    """Return the text no longer than `most_characters` and without lone surrogates.

    Surrogates that do form a pair become the character they stand for.
    """
    kept = text[:most_characters]
    # UTF-16 joins what is a pair; half a pair is an error there, and "replace" writes U+FFFD for it.
    joined = kept.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return Source(
        joined,
        cut_characters=len(text) - len(kept),
        replaced_surrogates=joined.count(REPLACEMENT) - kept.count(REPLACEMENT),
    )
