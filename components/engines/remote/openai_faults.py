"""How a server with OpenAI's API fails: what the words of its error mean, and which of our errors it becomes.

A server's words are only searched, never shown: some quote the request.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal

from components.core.errors import Reason
from components.engines.capabilities import Feature
from components.engines.contract import Mode
from components.engines.errors import (
    AccessDenied,
    ContextTooLong,
    CredentialsExpired,
    CutMidStream,
    EngineFault,
    GenerationError,
    NotSupported,
    QuotaUsedUp,
    Throttled,
    UnknownRemoteModel,
    Unreachable,
)
from components.engines.local_limits import NO_CHAT_TEMPLATE
from components.engines.remote import reasons, untrusted

if TYPE_CHECKING:
    from components.core.settings_tables import OpenAIServer
    from components.engines.contract import Request

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

# What is wrong is who asks, or how often.
_ABOUT_WHO_ASKS: Final = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.PAYMENT_REQUIRED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
)
_CLAUSES: Final[dict[Meaning, Reason]] = {"loading": reasons.NOT_READY, "memory": reasons.OUT_OF_MEMORY}
# A server answers so to an address that it does not have.
_NO_SUCH_ROUTE: Final = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED)


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
        untrusted.count(record.get("n_prompt_tokens")) or (int(asked[1]) if asked else None),
        untrusted.count(record.get("n_ctx")) or (int(longest[1]) if longest else None),
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


class Faults:
    """The errors of one request to one model on one server.

    Attributes
    ----------
    key
        What was sent as the key: it is masked wherever the server quotes it.
    """

    def __init__(self, server: OpenAIServer, model: str, request: Request) -> None:
        self._engine = server.name
        self._model = model
        self._host = f"{server.base_url.host}:{server.base_url.port}"
        self._request = request
        self.key: str | None = None

    def of(self, error: Exception, *, begun: bool) -> GenerationError:
        """Return the error for what the client raised, with the server's own words for the log.

        Parameters
        ----------
        begun
            Whether something of the answer had arrived.
        """
        fault = self._of(error, begun=begun)
        fault.report = self._report(error)
        return fault

    def no_key(self) -> CredentialsExpired:
        """Return the error for a key that cannot be read."""
        return CredentialsExpired(engine=self._engine)

    def find_lost_feature(self, error: Exception) -> tuple[Feature, Reason] | None:
        """Return what the server cannot do, and why, if an error says that of the request's mode; else None."""
        import openai

        if not isinstance(error, openai.APIStatusError) or error.status_code in _ABOUT_WHO_ASKS:
            return None
        meant = meaning(error.body, mode=self._request.mode)
        if meant == "no chat template":
            return "chat", NO_CHAT_TEMPLATE
        is_route = error.status_code in _NO_SUCH_ROUTE and not names_the_model(error.body)
        if meant == "no such mode" or (is_route and meant is None):
            is_chat = self._request.mode == "chat"
            return ("chat", reasons.NO_CONVERSATIONS) if is_chat else ("completion", reasons.NO_CONTINUATION)
        return None

    def _of(self, error: Exception, *, begun: bool) -> GenerationError:
        import httpx2
        import openai

        if isinstance(error, openai.APIStatusError):
            lost = self.find_lost_feature(error)
            if lost is not None:
                return NotSupported(model=self._model, feature=lost[0], reason=lost[1])
            return self._of_status(error.status_code, error.body)
        if isinstance(error, (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, OSError)):
            return self._inside(error) if begun else self._before(error)
        return self._cut(reasons.UNREADABLE) if begun else EngineFault(engine=self._engine, reason=reasons.UNREADABLE)

    def _inside(self, error: Exception) -> CutMidStream:
        """Return the error for what broke an answer off."""
        import httpx2
        import openai

        if type(error) is openai.APIError:  # the server's own message
            return self._cut(reasons.REPORTED)
        silent = (openai.APITimeoutError, httpx2.TimeoutException)
        is_silent = any(isinstance(cause, silent) for cause in (error, error.__cause__))
        return self._cut(reasons.SILENT if is_silent else reasons.CLOSED)

    def _before(self, error: Exception) -> GenerationError:
        """Return the error for what came instead of an answer."""
        import httpx2
        import openai

        if type(error) is openai.APIError:  # the server's own message, in a stream that was opened already
            code = str(error.code or "")
            return self._of_status(int(code) if re.fullmatch(r"[0-9]{3}", code) else None, error.body)
        broken = (httpx2.RemoteProtocolError, httpx2.ReadError)
        if any(isinstance(cause, broken) for cause in (error, error.__cause__)):
            return self._cut(reasons.CLOSED)
        return Unreachable(engine=self._engine, host=self._host)

    def _of_status(self, status: int | None, body: object) -> GenerationError:
        meant = meaning(body, mode=self._request.mode)
        long = too_long(body)
        fault: GenerationError
        if status == HTTPStatus.PAYMENT_REQUIRED or meant == "quota":
            fault = QuotaUsedUp(engine=self._engine)
        elif status == HTTPStatus.UNAUTHORIZED:
            fault = CredentialsExpired(engine=self._engine)
        elif status == HTTPStatus.FORBIDDEN:
            fault = AccessDenied(engine=self._engine, model=self._model)
        elif status == HTTPStatus.TOO_MANY_REQUESTS:
            fault = Throttled(engine=self._engine)
        elif meant == "no such model" or status in _NO_SUCH_ROUTE:
            fault = UnknownRemoteModel(engine=self._engine, model=self._model)
        elif long is not None and long.tokens is not None and long.most is not None:
            fault = ContextTooLong(tokens=long.tokens, most=long.most)
        else:
            said = reasons.TOO_LONG if long is not None else _CLAUSES.get(meant) if meant else None
            by_status = reasons.REPORTED if status is None else reasons.status(status)
            fault = EngineFault(engine=self._engine, reason=said or by_status)
        return fault

    def _cut(self, reason: Reason) -> CutMidStream:
        return CutMidStream(engine=self._engine, reason=reason)

    def _report(self, error: Exception) -> dict[str, object]:
        import openai

        told: dict[str, object] = {"error": type(error).__name__}
        said = str(error)
        if isinstance(error, openai.APIError):
            said = words(error.body) or said
            told["status"] = getattr(error, "status_code", None)
            told["code"] = untrusted.mask(str(error.code or error.type or ""))
        elif not isinstance(error, (OSError, openai.OpenAIError)):
            told["place"] = untrusted.place_of(error)
        if error.__cause__ is not None:
            said = f"{said} {type(error.__cause__).__name__}: {error.__cause__}"
        spoken = [self._request.prompt, *self._request.stop, *(each.text for each in self._request.messages)]
        return told | {"said": untrusted.mask(said, keys=[self.key or ""], spoken=spoken)}
