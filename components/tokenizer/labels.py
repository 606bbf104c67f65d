"""How a token is written on a chip: so that a reader recognizes it, and never as half a character."""

from __future__ import annotations

from components.core.visible import visible
from components.models.byte_alphabet import Spelling
from components.tokenizer.graphemes import Group


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


def hexadecimal(data: bytes) -> str:
    """Return bytes as pairs of hexadecimal digits."""
    return data.hex(" ").upper()


def _written(data: bytes) -> str:
    try:
        return visible(data.decode("utf-8"))
    except UnicodeDecodeError:
        return f"⟨{hexadecimal(data)}⟩"
