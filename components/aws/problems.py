"""What can go wrong with a call to AWS, in one word and in a sentence: the one map of its faults.

AWS's own message is dropped, because it may quote the signature of a request.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, Literal

from components.core.i18n import N_

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

Problem = Literal[
    "no credentials",
    "no region",
    "expired",
    "access denied",
    "throttled",
    "not in region",
    "no route",
    "slow",
    "cut",
    "refused",
    "unreadable",
]

PROBLEMS: Final[Mapping[Problem, str]] = {
    "no credentials": N_(
        "No AWS credentials were found. Sign in (`aws sso login`), or start the dashboard on SageMaker."
    ),
    "no region": N_("No AWS region is set. Set `AWS_DEFAULT_REGION`."),
    "expired": N_("The AWS credentials are no longer valid. Sign in again."),
    "access denied": N_("AWS refused the request: the role of this dashboard has no permission for it."),
    "throttled": N_("AWS received too many requests. Wait a minute, then refresh."),
    "not in region": N_("This service is not offered in this region. Choose another region."),
    "no route": N_("AWS cannot be reached from here. In a VPC this service needs an interface endpoint."),
    "slow": N_(
        "AWS did not answer in full within {limit} seconds. The page shows what had arrived by then. Refresh to "
        "ask again."
    ),
    "cut": N_("The connection to AWS broke off. Refresh to ask again."),
    "refused": N_("AWS refused the request."),
    "unreadable": N_("The answer of AWS could not be read. Refresh to ask again."),
}

_CODES: Final[dict[str, Problem]] = {
    **dict.fromkeys(("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"), "access denied"),
    **dict.fromkeys(("Throttling", "ThrottlingException", "TooManyRequestsException"), "throttled"),
    **dict.fromkeys(
        (
            "ExpiredToken",
            "ExpiredTokenException",
            "RequestExpired",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "InvalidSignatureException",
        ),
        "expired",
    ),
    "UnknownOperationException": "not in region",
}

log = logging.getLogger(__name__)


class CallFailed(Exception):
    """A call did not give its answer."""

    def __init__(self, problem: Problem) -> None:
        self.problem: Problem = problem
        super().__init__(problem)


class NotConnected(CallFailed):
    """There are no credentials or there is no region."""


@contextlib.contextmanager
def translate_errors(call: str) -> Iterator[None]:
    """Turn what a `with` block raises into `CallFailed`, not chained, and log the name of the call with its problem."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (botocore's errors share no base; only their kind goes on)
        problem = problem_of(error)
        log.info("AWS %s: %s", call, problem)
        raise CallFailed(problem) from None


def code_of(error: ClientError) -> str:
    """Return AWS's name of an error; inside a stream it is written with a small first letter."""
    name = str(error.response.get("Error", {}).get("Code", ""))
    return name[:1].upper() + name[1:]


def problem_of(error: Exception, *, region_has_service: bool = True) -> Problem:
    """Return what went wrong in one word, whatever a call of botocore raised.

    Parameters
    ----------
    region_has_service
        Whether botocore's own list of regions has the service there: without it a name that does not resolve
        means "not offered", not "no network".
    """
    from botocore import exceptions

    if isinstance(error, CallFailed):
        return error.problem
    if isinstance(error, TimeoutError):
        return "slow"
    if isinstance(error, exceptions.ClientError):
        return _CODES.get(code_of(error), "refused")
    if isinstance(error, exceptions.EndpointConnectionError) and not region_has_service:
        return "not in region"
    kinds: tuple[tuple[tuple[type[Exception], ...], Problem], ...] = (
        ((exceptions.ConnectTimeoutError, exceptions.ReadTimeoutError), "slow"),
        ((exceptions.ConnectionClosedError,), "cut"),
        ((exceptions.NoRegionError,), "no region"),
        ((exceptions.SSOError,), "expired"),
        (
            (
                exceptions.NoCredentialsError,
                exceptions.PartialCredentialsError,
                exceptions.CredentialRetrievalError,
                exceptions.TokenRetrievalError,
                exceptions.ProfileNotFound,
            ),
            "no credentials",
        ),
        ((exceptions.ConnectionError, exceptions.HTTPClientError), "no route"),  # the bases of those above: last
    )
    return next((problem for types, problem in kinds if isinstance(error, types)), "unreadable")
