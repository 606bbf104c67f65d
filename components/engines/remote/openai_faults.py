"""Each way in which a server with OpenAI's API fails, as one of our errors. None shows a word of what was sent."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from components.core.errors import Reason
from components.engines.capabilities import Feature
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
from components.engines.remote import reasons, report
from components.engines.remote.openai_refusals import Meaning, meaning, names_the_model, too_long, words

if TYPE_CHECKING:
    from components.core.settings_tables import OpenAIServer
    from components.engines.contract import Request

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

    def lost(self, error: Exception) -> tuple[Feature, Reason] | None:
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
            lost = self.lost(error)
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
            told["code"] = report.masked(str(error.code or error.type or ""))
        elif not isinstance(error, (OSError, openai.OpenAIError)):
            told["place"] = report.place_of(error)
        if error.__cause__ is not None:
            said = f"{said} {type(error.__cause__).__name__}: {error.__cause__}"
        spoken = [self._request.prompt, *self._request.stop, *(each.text for each in self._request.messages)]
        return told | {"said": report.masked(said, keys=[self.key or ""], spoken=spoken)}
