"""Read JSON that comes from another machine: a value of the expected type, or ValueError.

Nothing of a service's answer is used before it went through here. `None` stands for what is not there: services write
it for fields that they leave empty.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

_MOST_NAME_CHARACTERS: Final = 80
_MOST_TOKENS: Final = 10**12


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object; of None, an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{type(value).__name__} is no object")
    return value


def items(value: object) -> Sequence[Any]:
    """Return a list; of None, an empty one."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError(f"{type(value).__name__} is no list")
    return value


def text(value: object) -> str:
    """Return a text; of None, an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{type(value).__name__} is no text")
    return value


def name(value: object) -> str:
    """Return a short text that can be shown: of one line, with whole characters."""
    whole = text(value).encode("utf-8", "ignore").decode()
    return "".join(character for character in whole if character.isprintable())[:_MOST_NAME_CHARACTERS]


def displayable(value: object) -> str:
    r"""Return a text that can be shown although half a character may be in it: that as `\ud83d`."""
    return text(value).encode("utf-8", "backslashreplace").decode()


def count(value: object) -> int | None:
    """Return a number of tokens, or a token's id; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _MOST_TOKENS else None


def logprob(value: object) -> float:
    """Return a log-probability: servers round some above 0, and write "none at all" in several ways."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{type(value).__name__} is no number")
    return min(0.0, float(value)) if math.isfinite(value) else -9999.0
