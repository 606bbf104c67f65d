r"""A visitor's text made safe: to be encoded by a tokenizer, and to be shown inside Markdown.

Two things cannot go into a tokenizer as they are. A *lone surrogate* (JSON's "\ud800") is half of a UTF-16 pair, and
UTF-8 has no form for it. A very long text would keep everybody else on the same machine waiting.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from components.core.i18n import _

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
        How many characters were cut off at the end.
    replaced_surrogates
        How many lone surrogates are U+FFFD in `text`.
    """

    text: str
    cut_characters: int = 0
    replaced_surrogates: int = 0


def sanitize(text: str, *, most_characters: int = MOST_CHARACTERS) -> Source:
    """Cut the text to `most_characters` and replace lone surrogates by U+FFFD.

    Surrogates that form a pair become the character of the pair.
    """
    kept = text[:most_characters]
    # UTF-16 joins what is a pair; half a pair is an error there, and "replace" writes U+FFFD for it.
    joined = kept.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return Source(
        joined,
        cut_characters=len(text) - len(kept),
        replaced_surrogates=joined.count(REPLACEMENT) - kept.count(REPLACEMENT),
    )


def escape_markdown(text: str) -> str:
    """Escape a text for Markdown: it is shown as typed, never formatted or linked; line breaks become spaces."""
    # Markdown reads a backslash as an escape before ASCII punctuation only; elsewhere it would be shown.
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text).replace("\n", " ")


def quote(text: str) -> str:
    """Put a text into the quotation marks of the visitor's language."""
    return _("“{text}”").format(text=text)
