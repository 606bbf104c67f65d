"""Each way in which a server with OpenAI's API fails, as one of our errors. None holds a word of what was sent."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from components.generation.engines.capabilities import Reason
from components.generation.engines.remote import reasons
from components.generation.engines.remote.openai_refusals import too_long
from components.generation.errors import (
    AccessDenied,
    ContextTooLong,
    CredentialsExpired,
    CutMidStream,
    EngineFault,
    GenerationError,
    Throttled,
    UnknownRemoteModel,
    Unreachable,
)

if TYPE_CHECKING:
    import openai

    from components.settings_tables import OpenAIServer


class Faults:
    """The errors of one model on one server."""

    def __init__(self, server: OpenAIServer, model: str) -> None:
        self._engine = server.name
        self._model = model
        self._host = f"{server.base_url.host}:{server.base_url.port}"

    def of(self, error: Exception, *, begun: bool) -> GenerationError:
        """Return the error for what the client raised.

        Parameters
        ----------
        begun
            Whether something of the answer had arrived.
        """
        import httpx2
        import openai

        if isinstance(error, openai.APIStatusError):
            return self._of_status(error.status_code)
        causes = (error, error.__cause__)
        if begun:
            silent = any(isinstance(cause, (openai.APITimeoutError, httpx2.TimeoutException)) for cause in causes)
            reported = type(error) is openai.APIError  # an error inside the stream
            return self._cut(reasons.SILENT if silent else reasons.REPORTED if reported else reasons.CLOSED)
        if type(error) is openai.APIError:
            return self._of_code(error.code)
        if any(isinstance(cause, (httpx2.RemoteProtocolError, httpx2.ReadError)) for cause in causes):
            return self._cut(reasons.CLOSED)
        return Unreachable(engine=self._engine, host=self._host)

    def of_the_prompt(self, error: openai.APIStatusError) -> GenerationError | None:
        """Return the error for a prompt that is too long, None if the refusal is about something else."""
        long = too_long(error.body)
        if long is None:
            return None
        if long.tokens is None or long.most is None:
            return EngineFault(engine=self._engine, reason=reasons.TOO_LONG)
        return ContextTooLong(tokens=long.tokens, most=long.most)

    def unknown_model(self) -> UnknownRemoteModel:
        """Return the error for a model that the server does not have."""
        return UnknownRemoteModel(engine=self._engine, model=self._model)

    def no_key(self) -> CredentialsExpired:
        """Return the error for a key that cannot be read."""
        return CredentialsExpired(engine=self._engine)

    def unreadable(self, *, begun: bool) -> GenerationError:
        """Return the error for an answer in another form."""
        return self._cut(reasons.UNREADABLE) if begun else EngineFault(engine=self._engine, reason=reasons.UNREADABLE)

    def _of_status(self, code: int) -> GenerationError:
        if code == HTTPStatus.UNAUTHORIZED:
            return CredentialsExpired(engine=self._engine)
        if code == HTTPStatus.FORBIDDEN:
            return AccessDenied(engine=self._engine, model=self._model)
        if code == HTTPStatus.TOO_MANY_REQUESTS:
            return Throttled(engine=self._engine)
        return EngineFault(engine=self._engine, reason=reasons.status(code))

    def _of_code(self, code: str | None) -> GenerationError:
        """Return the error for one that came instead of an answer, inside a stream that was opened already."""
        if code is not None and code.isdecimal():
            return self._of_status(int(code))
        return EngineFault(engine=self._engine, reason=reasons.REPORTED)

    def _cut(self, reason: Reason) -> CutMidStream:
        return CutMidStream(engine=self._engine, reason=reason)
