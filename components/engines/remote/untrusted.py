"""What comes from another machine: JSON is read as the expected type, and a service's words are masked for the log.

Nothing of a service's answer is used before it went through here: a value of the expected type, or ValueError. `None`
stands for what is not there: services write it for fields that they leave empty.

Services quote what they were sent: keys, signatures, prompts. `mask` takes all that out and leaves one short line for
the operator's log. A visitor never sees it; they see the reference that the log line carries.
"""

from __future__ import annotations

import json
import math
import re
import traceback
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

_MOST_NAME_CHARACTERS: Final = 80
_MOST_TOKENS: Final = 10**12
_MOST_READ_CHARACTERS: Final = 4_000
_MOST_KEPT_CHARACTERS: Final = 500
_SHORTEST_QUOTE_CHARACTERS: Final = 12
_SHORTEST_TEXT_CHARACTERS: Final = 4  # one letter that somebody typed stands in every word
KEY: Final = "[key]"
PROMPT: Final = "[prompt]"

_LOOKS_LIKE_A_KEY: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # a name that says what follows: authorization, X-Amz-Security-Token, api_key
        r"\b(?:[\w-]*(?:authorization|token|signature|credential|password|secret)|api[-_ ]?key)[\"']?\s*[:=]\s*"
        r"[\"']?(?:(?:bearer|basic) +)?(?:\[key\]|[^\s,;&\"'\])}]+)",
        r"\b(?:bearer|basic) +(?:\[key\]|[^\s,;&\"'\])}]+)",
        r"\b(?:sk|pk|rk|hf|gsk|xai|nvapi|key|akia|asia)[-_]?[a-z0-9_-]{12,}",
        r"[a-z0-9+/=]{32,}",
    )
)


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


def mask(words: str, *, keys: Collection[str] = (), spoken: Iterable[str] = ()) -> str:
    """Return a service's words without keys and without what a visitor typed, as one line of bounded length.

    Parameters
    ----------
    keys
        Keys that were sent.
    spoken
        Texts that were sent. Any stretch of 12 or more characters of them is taken out; a shorter text as a whole.
    """
    said = " ".join(words[:_MOST_READ_CHARACTERS].split())
    said = "".join(character for character in said if character.isprintable())
    for key in keys:
        said = said.replace(key, KEY) if key else said
    said = _without_quotes(said, spoken)
    for pattern in _LOOKS_LIKE_A_KEY:
        said = pattern.sub(KEY, said)
    return said[:_MOST_KEPT_CHARACTERS]


def place_of(error: BaseException) -> str:
    """Return where an exception was raised, as `file:line`."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else "unknown"


def _without_quotes(said: str, spoken: Iterable[str]) -> str:
    """Mask each stretch of a text that was sent."""
    hidden = [False] * len(said)
    for text in spoken:
        # as it was typed, and as JSON writes it
        for form in {" ".join(text.split()), " ".join(json.dumps(text)[1:-1].split())}:
            size = min(_SHORTEST_QUOTE_CHARACTERS, len(form))
            if size < _SHORTEST_TEXT_CHARACTERS:
                continue
            stretches = {form[start : start + size] for start in range(len(form) - size + 1)}
            for start in range(len(said) - size + 1):
                if said[start : start + size] in stretches:
                    hidden[start : start + size] = [True] * size
    kept = (
        PROMPT if is_hidden else "".join(each for _, each in group)
        for is_hidden, group in groupby(zip(hidden, said, strict=True), key=lambda pair: pair[0])
    )
    return "".join(kept)
