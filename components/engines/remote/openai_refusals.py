"""What a server means by the words of an error: which field it does not take, that the prompt is too long, and so on.

A server's words are only searched, never shown: some quote the request.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from components.engines.contract import Mode
from components.engines.remote import reading

_MOST_CHARS: Final = 4_000
_ABOUT_VALUES: Final = re.compile(
    r"\b(less than|greater than|larger than|smaller than|between|at most|at least|in the range|out of range|"
    r"too (?:large|high|small|low)|must be (?:in|one of|non-negative|positive)|maximum value|minimum value)\b"
    r"|[<>]=? ?-?\d",
    re.IGNORECASE,
)
_TOO_LONG: Final = re.compile(r"context[_ ](?:length|size|window)|maximum (?:model|context) length", re.IGNORECASE)
_LONGEST: Final = re.compile(r"(?:maximum (?:context|model) length (?:is|of)|context size \()\s*(\d+)", re.IGNORECASE)
# The prompt's own number comes before what was asked for with the answer.
_ASKED: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(\d+) (?:in the (?:messages|prompt)|input tokens)",
        r"request \((\d+) tokens\)",
        r"requested (\d+) tokens",
    )
)


@dataclass(frozen=True)
class Refusal:
    """Why a request was refused.

    Attributes
    ----------
    fields
        Names of those that were sent and that the refusal names.
    about_value
        It is about the value of a field; another would do.
    """

    fields: tuple[str, ...]
    about_value: bool


def refusal(body: object, sent: Collection[str]) -> Refusal:
    """Read a refusal.

    Parameters
    ----------
    body
        The answer: what its JSON has under `error`, or all of it, or its text.
    sent
        Names of the fields that the request could do without.
    """
    said = tuple(_said(body))
    named = tuple(name for name in sent if any(re.search(rf"(?<![\w]){name}(?![\w])", text) for text in said))
    return Refusal(named, about_value=any(_ABOUT_VALUES.search(text) for text in said))


@dataclass(frozen=True)
class TooLong:
    """The prompt does not fit; the numbers are None if the server does not tell them."""

    tokens: int | None
    most: int | None


def too_long(body: object) -> TooLong | None:
    """Return how much too long a prompt is, None if the refusal is about something else."""
    record: dict[str, Any] = body if isinstance(body, dict) else {}
    said = " ".join(_said(body))
    about_it = record.get("code") == "context_length_exceeded" or record.get("type") == "exceed_context_size_error"
    if not about_it and not _TOO_LONG.search(said):
        return None
    longest = _LONGEST.search(said)
    asked = next((found for pattern in _ASKED if (found := pattern.search(said))), None)
    return TooLong(
        reading.count(record.get("n_prompt_tokens")) or (int(asked[1]) if asked else None),
        reading.count(record.get("n_ctx")) or (int(longest[1]) if longest else None),
    )


Meaning = Literal["no chat template", "no such mode", "no such model", "quota", "loading", "memory"]

_OTHER_MODE: Final[dict[Mode, str]] = {
    "complete": r"\bis a chat model|not supported in the v1/completions|not support (?:the )?(?:text )?completions?\b"
    r"|use v1/chat/completions",
    "chat": r"not a chat model|not supported in the v1/chat|not support (?:the )?chat\b|use v1/completions",
}
_MEANINGS: Final[tuple[tuple[Meaning, str], ...]] = (
    (
        "quota",
        r"insufficient[_ ]quota|quota[_ ]exceeded|exceeded your current quota|billing[_ ]hard[_ ]limit|out of credits"
        r"|insufficient[_ ](?:credits?|balance|funds)|(?:tokens|requests) per day",
    ),
    (
        "no such model",
        r"model_not_found|unknown model|server is pinned to"
        r"|\bmodels?\b.{0,160}?(?:\bnot found\b|does ?n[o']t exist|\bdoes not exist\b|is not (?:available|loaded)\b)",
    ),
    ("loading", r"\bloading model\b|model is (?:still |currently )?loading|not ready yet"),
    ("memory", r"out of memory|\boom\b|insufficient memory"),
)


def meaning(body: object, *, mode: Mode) -> Meaning | None:
    """Return what an error means, as far as its words are known; None if they are not.

    Parameters
    ----------
    mode
        Of the request that was refused.
    """
    said = " ".join(_said(body))
    if re.search(r"chat[_ ]template", said, re.IGNORECASE):
        return "no chat template"
    if re.search(_OTHER_MODE[mode], said, re.IGNORECASE):
        return "no such mode"
    return next((found for found, words in _MEANINGS if re.search(words, said, re.IGNORECASE)), None)


def names_the_model(body: object) -> bool:
    """Say whether "not found" is about the model."""
    return "model" in " ".join(_said(body)).lower()


def words(body: object) -> str:
    """Return the words of an error, to be masked and logged."""
    return " · ".join(_said(body))


def _said(body: object) -> Iterator[str]:
    """Give the sentences of an error, not what it repeats of the request."""
    if isinstance(body, str):
        yield body[:_MOST_CHARS]
    if isinstance(body, list) and len(body) == 1:  # Gemini's form
        yield from _said(body[0])
    if not isinstance(body, dict):
        return
    if isinstance(body.get("error"), dict):
        yield from _said(body["error"])
    for name in ("message", "type", "param", "code", "detail", "error"):
        if isinstance(body.get(name), str):
            yield body[name][:_MOST_CHARS]
    # FastAPI's own form: a list of places and reasons, each with the input, which may be the whole request
    detail = body.get("detail")
    for problem in detail if isinstance(detail, list) else ():
        if isinstance(problem, dict):
            place = problem.get("loc")
            where = ".".join(str(part) for part in place) if isinstance(place, list) else ""
            yield f"{where}: {problem.get('msg', '')}"[:_MOST_CHARS]
