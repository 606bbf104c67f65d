"""What went wrong with a call, in one word. AWS's own message is dropped: some quote the request's signature."""

from __future__ import annotations

from typing import Final

from components.aws.answers import Problem

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


def problem_of(error: Exception, *, region_has_service: bool = True) -> Problem:
    """Return the kind of a botocore error.

    Parameters
    ----------
    region_has_service
        Whether botocore's own list of regions has the service there: without it a name that does not resolve
        means "not offered", not "no network".
    """
    from botocore import exceptions

    if isinstance(error, exceptions.ClientError):
        return _CODES.get(error.response.get("Error", {}).get("Code", ""), "refused")
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
