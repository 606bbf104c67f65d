"""The life of an endpoint: model, configuration and endpoint are made, described until it serves, and all deleted.

An endpoint costs money from its first minute until it is deleted: it is made only after the visitor confirmed it. The
three parts have one name, so that the name is all that is needed to delete them, also when only some of them exist.
"""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final, Literal

from components.aws.client import Aws
from components.aws.hub_document import HubDetails
from components.aws.problems import CallFailed, Problem, problem_of, translate_errors
from components.core.errors import VisitorError
from components.core.i18n import N_

Part = Literal["endpoint", "endpoint config", "model"]

PREFIX: Final = "dashboard-"
"""How the name of everything begins that was made here."""
SETTLED: Final = frozenset({"InService", "Failed", "OutOfService", "UpdateRollbackFailed"})
"""States that do not change by themselves."""

_ANSWER_S: Final = 30.0
"""How long a call that makes or deletes may take. One that was given up too early may have happened all the same."""
_MOST_NAME_CHARS: Final = 63
_PARTS: Final[tuple[tuple[Part, str, str], ...]] = (
    # In this order they go: the endpoint first, since it is what costs.
    ("endpoint", "delete_endpoint", "EndpointName"),
    ("endpoint config", "delete_endpoint_config", "EndpointConfigName"),
    ("model", "delete_model", "ModelName"),
)

log = logging.getLogger(__name__)


class LeftBehindError(VisitorError):
    """Something was made and could not be taken away again. Values: `name`, `parts`."""

    template = N_("Some parts of “{name}” could not be deleted. As far as is known, these are left: {parts}.")
    advice = N_(
        "Check the list of running endpoints and delete it there or in the SageMaker console, because it may still "
        "cost money."
    )


@dataclass(frozen=True)
class Deployment:
    """A model to deploy, on an instance type.

    Attributes
    ----------
    accepted
        Whether the model's licence was accepted.
    """

    details: HubDetails
    instance: str
    accepted: bool


def new_name(model_id: str) -> str:
    """Return a name for an endpoint of a model that no other has: letters, digits and single hyphens, 63 at most."""
    ending = "-" + secrets.token_hex(3)
    readable = re.sub(r"[^A-Za-z0-9]+", "-", model_id).strip("-")
    return (PREFIX + readable[: _MOST_NAME_CHARS - len(PREFIX) - len(ending)]).rstrip("-") + ending


def is_made_here(name: str) -> bool:
    """Return whether an endpoint was made by a dashboard like this one."""
    return name.startswith(PREFIX)


def requests(deployment: Deployment, *, name: str, role: str) -> dict[str, dict[str, Any]]:
    """Return the three requests that make an endpoint, by the name of the call.

    Parameters
    ----------
    role
        ARN of the role that the endpoint runs with.

    Raises
    ------
    ValueError
        If the hub document lacks what a request needs; `HubDetails.lack` says what.
    """
    details = deployment.details
    if details.lack() is not None or details.weights is None:
        raise ValueError(f"{details.id} cannot be deployed by a plain request: {details.lack()}")
    container: dict[str, Any] = {"Image": details.image(deployment.instance), **_source(deployment)}
    variables = details.variables(deployment.instance)
    if variables:
        container["Environment"] = variables
    variant: dict[str, Any] = {
        "VariantName": "AllTraffic",
        "ModelName": name,
        "InstanceType": deployment.instance,
        "InitialInstanceCount": 1,
    }
    if details.startup_s:
        variant["ContainerStartupHealthCheckTimeoutInSeconds"] = details.startup_s
    model = {"ModelName": name, "ExecutionRoleArn": role, "PrimaryContainer": container}
    return {
        "create_model": {**model, "EnableNetworkIsolation": details.isolated},
        "create_endpoint_config": {"EndpointConfigName": name, "ProductionVariants": [variant]},
        "create_endpoint": {"EndpointName": name, "EndpointConfigName": name},
    }


def deploy(deployment: Deployment, *, name: str, role: str) -> None:
    """Make model, configuration and endpoint. What was made is taken away again if a later part fails.

    Raises
    ------
    CallFailed
        If AWS refuses or does not answer, and nothing is left.
    LeftBehindError
        If something is.
    ValueError
        If the hub document lacks what a request needs.
    """
    asked = requests(deployment, name=name, role=role)
    sagemaker = _sagemaker()
    made: list[Part] = []
    parts: dict[str, Part] = {
        "create_model": "model",
        "create_endpoint_config": "endpoint config",
        "create_endpoint": "endpoint",
    }
    for call, request in asked.items():
        try:
            getattr(sagemaker, call)(**request)
        except Exception as error:  # noqa: BLE001 (botocore's errors share no base; only their kind goes on)
            problem = problem_of(error)
            log.info("AWS %s: %s", call, problem)
            if not _was_refused(error):  # nobody knows whether it happened
                made.append(parts[call])
            left = _remove(sagemaker, name, tuple(made))
            if left:
                raise LeftBehindError(name=name, parts=", ".join(left)) from None
            raise CallFailed(problem) from None
        made.append(parts[call])


def delete(name: str) -> None:
    """Delete an endpoint; of one made here also its configuration and model, which nothing else uses.

    Raises
    ------
    CallFailed
        If the endpoint itself could not be deleted: it goes on costing.
    LeftBehindError
        If its configuration or model is left.
    """
    wanted: tuple[Part, ...] = ("endpoint", "endpoint config", "model") if is_made_here(name) else ("endpoint",)
    left = _remove(_sagemaker(), name, wanted)
    if "endpoint" in left:
        raise CallFailed(left["endpoint"])
    if left:
        raise LeftBehindError(name=name, parts=", ".join(left))


def read_state(name: str) -> str | None:
    """Return the status of an endpoint, None if there is none of that name.

    Raises
    ------
    CallFailed
        If AWS refuses or does not answer.
    """
    sagemaker = _sagemaker()
    try:
        return str(sagemaker.describe_endpoint(EndpointName=name)["EndpointStatus"])
    except Exception as error:  # noqa: BLE001 (botocore's errors share no base; only their kind goes on)
        if _is_gone(error):
            return None
        raise CallFailed(problem_of(error)) from None


def _sagemaker() -> Any:  # noqa: ANN401 (boto3 makes its clients at run time)
    with translate_errors("connection"):
        return Aws().client("sagemaker", read_timeout_s=_ANSWER_S)


def _source(deployment: Deployment) -> dict[str, Any]:
    weights = deployment.details.weights
    if weights is None:
        return {}
    if weights.kind is None or weights.compression is None:
        return {"ModelDataUrl": weights.uri}
    source: dict[str, Any] = {
        "S3Uri": weights.uri,
        "S3DataType": weights.kind,
        "CompressionType": weights.compression,
    }
    if deployment.accepted:
        source["ModelAccessConfig"] = {"AcceptEula": True}
    return {"ModelDataSource": {"S3DataSource": source}}


def _remove(sagemaker: Any, name: str, wanted: tuple[Part, ...]) -> dict[Part, Problem]:  # noqa: ANN401 (as above)
    """Delete parts, the costly one first, and return those that may still be there with what was in the way."""
    left: dict[Part, Problem] = {}
    for part, call, key in _PARTS:
        if part not in wanted:
            continue
        try:
            getattr(sagemaker, call)(**{key: name})
        except Exception as error:  # noqa: BLE001 (botocore's errors share no base; only their kind goes on)
            if not _is_gone(error):
                left[part] = problem_of(error)
                log.info("AWS %s: %s", call, left[part])
    return left


def _was_refused(error: Exception) -> bool:
    """Say whether AWS itself answered: then nothing happened."""
    from botocore.exceptions import ClientError, ParamValidationError

    return isinstance(error, (ClientError, ParamValidationError))


def _is_gone(error: Exception) -> bool:
    """Say whether there is nothing of that name. SageMaker has no code of its own for it, only a sentence."""
    from botocore.exceptions import ClientError

    if not isinstance(error, ClientError):
        return False
    said = error.response.get("Error", {})
    return said.get("Code") == "ValidationException" and "could not find" in str(said.get("Message", "")).casefold()
