"""The two forms in which Unicode stores a letter that has parts: in one character (NFC), or part by part (NFD).

A Hangul syllable is 1 character in NFC and 2 or 3 in NFD, one for each jamo. Both look the same on the screen, and file
names from a Mac come in NFD. A tokenizer that does not join or split them first reads two different texts.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final, Literal, get_args

FormName = Literal["NFC", "NFD"]
FORMS: Final[tuple[FormName, ...]] = get_args(FormName)


@dataclass(frozen=True)
class Form:
    """A text in one of the forms."""

    name: FormName
    text: str

    @property
    def characters(self) -> tuple[str, ...]:
        """Each character with its number in Unicode: `한 U+D55C`."""
        return tuple(f"{character} U+{ord(character):04X}" for character in self.text)


def forms_of(text: str) -> tuple[Form, ...]:
    """Return a text in each form."""
    return tuple(Form(name, unicodedata.normalize(name, text)) for name in FORMS)


def divisible_letters(text: str, *, most: int) -> tuple[str, ...]:
    """Return the letters of a text that have parts, each once, in order, up to so many."""
    joined = unicodedata.normalize("NFC", text)
    found = dict.fromkeys(letter for letter in joined if unicodedata.normalize("NFD", letter) != letter)
    return tuple(found)[:most]
