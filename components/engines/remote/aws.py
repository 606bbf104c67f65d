"""The way to AWS that the engines share, and its failures as our errors. None shows a word of AWS's own messages."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Any, Final
from urllib.parse import urlsplit

from components.aws.client import Aws, Service
from components.aws.problems import NotConnected, Problem, code_of, problem_of
from components.core.errors import Reason
from components.engines.errors import (
    AccessDenied,
    CredentialsExpired,
    CutMidStream,
    EngineFault,
    EngineUnavailable,
    GenerationError,
    QuotaUsedUp,
    Throttled,
    UnknownRemoteModel,
    Unreachable,
)
from components.engines.remote import reasons, untrusted

_UNKNOWN: Final = ("ResourceNotFoundException", "ResourceNotFound")
_USED_UP: Final = re.compile(r"(?:tokens|requests) per day", re.IGNORECASE)
_CLAUSES: Final[dict[str, Reason]] = {
    "ModelNotReadyException": reasons.NOT_READY,
    "ServiceUnavailableException": reasons.OVERLOADED,
    "ServiceUnavailable": reasons.OVERLOADED,
    "ModelTimeoutException": reasons.SILENT,
    **dict.fromkeys(
        (
            "InternalServerException",
            "InternalFailure",
            "InternalStreamFailure",
            "ModelErrorException",
            "ModelStreamErrorException",
            "ModelStreamError",
        ),
        reasons.FAILED,
    ),
}

_connected: Aws | None = None
_connecting = Lock()


def connect() -> Aws:
    """Return the way to AWS, with the credentials of this process. It is kept once it is found.

    Raises
    ------
    NotConnected
        If there are no credentials or there is no region.
    """
    global _connected  # noqa: PLW0603 (one for the process, and made again when its credentials are too old)
    with _connecting:
        if _connected is None:
            _connected = Aws()
        return _connected


def disconnect() -> None:
    """Forget the way: the next call reads the credentials again."""
    global _connected  # noqa: PLW0603 (see connect)
    with _connecting:
        _connected = None


def client(service: Service) -> Any:  # noqa: ANN401 (boto3 makes its clients at run time)
    """Return boto3's client of a service: one attempt for each call, no retry.

    Raises
    ------
    NotConnected
        If there are no credentials or there is no region.
    """
    return connect().client(service)


def cut(events: Any) -> None:  # noqa: ANN401 (botocore's EventStream)
    """End a stream from another thread.

    `close` would wait for the thread that reads, which waits for the service; urllib3 can shut the socket down
    under it. botocore does not hand that through, so its stream is asked for.
    """
    raw = getattr(events, "_raw_stream", None)
    if raw is not None:
        with contextlib.suppress(OSError, ValueError, RuntimeError):  # it is closed already
            raw.shutdown()


@dataclass
class Progress:
    """How far a call has come.

    Attributes
    ----------
    begun
        Something of the answer has arrived.
    host
        Whom it asks.
    """

    begun: bool = False
    host: str = "AWS"

    def ask(self, client: Any) -> None:  # noqa: ANN401 (boto3 makes its clients at run time)
        """Note whom a client asks."""
        self.host = urlsplit(client.meta.endpoint_url).netloc


class Faults:
    """The errors of one model on one service.

    Parameters
    ----------
    service
        How it is called on the page.
    """

    def __init__(self, service: str, model: str) -> None:
        self._engine = service
        self._model = model

    @contextlib.contextmanager
    def translate(self, spoken: Iterable[str] = ()) -> Iterator[Progress]:
        """Turn what boto3, its transport or an unexpected answer raises in a `with` block into one of our errors.

        Not chained: botocore's errors quote requests, and with them signatures.

        Parameters
        ----------
        spoken
            The texts that are sent: they are masked where AWS quotes them.
        """
        progress = Progress()
        try:
            yield progress
        except GenerationError:
            raise
        except Exception as error:  # noqa: BLE001 (botocore's parsers raise what has no base in common with the rest)
            fault = self._of(error, progress)
            fault.report = describe_failure(error, spoken)
            raise fault from None

    def _of(self, error: Exception, progress: Progress) -> GenerationError:
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        if isinstance(error, NotConnected):
            return self._of_problem(error.problem, progress)
        if isinstance(error, ClientError):
            return self._of_code(error, progress)
        if isinstance(error, BotoCoreError):
            return self._of_problem(problem_of(error), progress)
        return self._of_transport(error) if isinstance(error, HTTPError) else self._of_problem("unreadable", progress)

    def translate_answer(self, answer: object, progress: Progress, spoken: Iterable[str]) -> GenerationError:
        """Return the error for one that stands inside an answer."""
        fault: GenerationError = EngineFault(engine=self._engine, reason=reasons.REPORTED)
        if progress.begun:
            fault = self._cut(reasons.REPORTED)
        fault.report = {"said": untrusted.mask(str(answer), spoken=spoken)}
        return fault

    def _of_code(self, error: Any, progress: Progress) -> GenerationError:  # noqa: ANN401 (botocore is untyped)
        name, problem = code_of(error), problem_of(error)
        is_busy = problem == "throttled" or name == "ServiceQuotaExceededException"
        if progress.begun:
            return self._cut(_CLAUSES.get(name, reasons.OVERLOADED if is_busy else reasons.REPORTED))
        # What SageMaker says about its container, and about an endpoint that is not there.
        original = error.response.get("OriginalStatusCode")
        if name in _UNKNOWN or (name == "ValidationError" and "not found" in message(error)):
            return UnknownRemoteModel(engine=self._engine, model=self._model)
        if is_busy or original == HTTPStatus.TOO_MANY_REQUESTS:
            is_used_up = _USED_UP.search(message(error)) is not None
            return (QuotaUsedUp if is_used_up else Throttled)(engine=self._engine)
        if original is not None or name.isdecimal():  # the page of a proxy has a status and no name
            return EngineFault(engine=self._engine, reason=reasons.status(original or int(name)))
        if name in _CLAUSES:
            return EngineFault(engine=self._engine, reason=_CLAUSES[name])
        return self._of_problem(problem, progress)

    def _of_problem(self, problem: Problem, progress: Progress) -> GenerationError:
        engine = self._engine
        if problem in ("no credentials", "expired"):
            disconnect()
        if progress.begun:
            return self._cut({"slow": reasons.SILENT, "unreadable": reasons.UNREADABLE}.get(problem, reasons.CLOSED))
        nobody = Unreachable(engine=engine, host=progress.host)
        faults: dict[Problem, GenerationError] = {
            "no credentials": CredentialsExpired(engine=engine),
            "expired": CredentialsExpired(engine=engine),
            "no region": EngineUnavailable(engine=engine, reason=reasons.NO_REGION),
            "access denied": AccessDenied(engine=engine, model=self._model),
            "throttled": Throttled(engine=engine),
            "no route": nobody,
            "not in region": nobody,
            "slow": nobody,
            "cut": self._cut(reasons.CLOSED),
            "unreadable": EngineFault(engine=engine, reason=reasons.UNREADABLE),
            "refused": EngineFault(engine=engine, reason=reasons.NOT_TAKEN),
        }
        return faults[problem]

    def _of_transport(self, error: Exception) -> GenerationError:
        """Return the error for what urllib3 raises while an answer is read; botocore passes these on as they are."""
        from urllib3.exceptions import TimeoutError as SilenceError

        return self._cut(reasons.SILENT if isinstance(error, SilenceError) else reasons.CLOSED)

    def _cut(self, reason: Reason) -> CutMidStream:
        return CutMidStream(engine=self._engine, reason=reason)


def describe_failure(error: Exception, spoken: Iterable[str]) -> dict[str, object]:
    """Return what AWS said, for the operator's log."""
    from botocore.exceptions import BotoCoreError, ClientError

    told: dict[str, object] = {"error": type(error).__name__}
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        told |= {"status": status, "code": untrusted.mask(code_of(error)), "operation": error.operation_name}
        said = message(error)
    else:
        said = str(error)
        if not isinstance(error, (BotoCoreError, NotConnected, OSError)):
            told["place"] = untrusted.place_of(error)
    return told | {"said": untrusted.mask(said, spoken=spoken)}


def message(error: Any) -> str:  # noqa: ANN401 (botocore is untyped)
    """Return what AWS says of an error, to be searched and masked, never to be shown."""
    return str(error.response.get("Error", {}).get("Message", ""))[:4_000]
