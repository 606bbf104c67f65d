"""JumpStart: which models there are, and Python for one of them: try it, fine-tune it, deploy the result, delete both.

Nothing of the code is run by the dashboard.
"""

from __future__ import annotations

import json
import pprint
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from components.aws.answers import HubModel, Overlay
from components.aws.hub_document import HubDetails
from components.catalog.curated import models as records
from components.catalog.endpoints import Deployment, requests
from components.ui.notebooks import render

NOTEBOOK: Final = Path(__file__).with_name("notebook_jumpstart.py")
SDK: Final = "sagemaker<3"
"""The SDK whose JumpStart classes are used: version 3 has others."""
_EXAMPLE: Final = {"inputs": "The meaning of life is", "parameters": {"max_new_tokens": 40}}
_ROLE: Final = "arn:aws:iam::<account>:role/<role>"
_WIDTH_CHARS: Final = 100


@cache
def list_curated() -> tuple[HubModel, ...]:
    """Return the JumpStart ids of the curated records."""
    return tuple(
        HubModel(offer.id, one.name, version="", support="", keywords=tuple(one.tasks.value or ()))
        for one in records()
        for offer in one.offers
        if offer.venue == "jumpstart"
    )


def list_models(overlay: Overlay | None) -> tuple[HubModel, ...]:
    """Return the models that can be searched without a further call to AWS."""
    return overlay.hub if overlay is not None and overlay.hub else list_curated()


def is_complete(overlay: Overlay) -> bool:
    """Return whether the hub's list is complete: it is long, and may not take longer than the other lists."""
    return bool(overlay.hub) and not any(trouble.call == "hub" for trouble in overlay.troubles)


def match_words(rows: Iterable[HubModel], words: str) -> tuple[HubModel, ...]:
    """Return the rows in which each word occurs: in id, title or keywords."""
    wanted = words.casefold().split()
    return tuple(
        row
        for row in rows
        if all(word in f"{row.id} {row.title} {' '.join(row.keywords)}".casefold() for word in wanted)
    )


def join_lists(*lists: Iterable[HubModel]) -> tuple[HubModel, ...]:
    """Return lists as one, each id once."""
    found = {row.id: row for rows in lists for row in rows}
    return tuple(found.values())


@dataclass(frozen=True)
class Known:
    """What is known of a model: only its id, or what the hub says too.

    Attributes
    ----------
    trainable
        None where it is not known.
    example
        What its container reads.
    """

    id: str
    version: str | None = None
    instance: str | None = None
    training_instance: str | None = None
    accept: bool = True
    trainable: bool | None = None
    example: object = "..."


def describe(details: HubDetails) -> Known:
    """Return what a hub document says, as far as the script needs it."""
    return Known(
        id=details.id,
        version=details.version or None,
        instance=details.instance,
        training_instance=details.training_instance,
        accept=details.needs_acceptance,
        trainable=details.trainable,
        example=details.example if details.example is not None else "...",
    )


def writes_text(model_id: str) -> Known:
    """Return what is known of a model that continues texts, without the hub."""
    return Known(id=model_id, example=_EXAMPLE)


def sdk_script(model: Known) -> str:
    """Return the notebook with the SageMaker SDK in percent format, which is a script too."""
    parameters = {
        "MODEL": model.id,
        "VERSION": model.version,
        "INSTANCE": model.instance,
        "EXAMPLE": model.example,
        "TRAINING_INSTANCE": model.training_instance,
        "ENVIRONMENT": {"accept_eula": "true"} if model.accept else None,
    }
    licence = "licence" if model.accept else "no-licence"
    training = "not-trainable" if model.trainable is False else "trainable"
    return render(NOTEBOOK, parameters, keep=[licence, training])


def boto3_script(details: HubDetails, instance: str) -> str:
    """Return the same three requests that the dashboard sends, and how what they make is deleted.

    Raises
    ------
    ValueError
        If the hub document lacks what a request needs.
    """
    name = f"my-{details.id}"[:63].rstrip("-")
    asked = requests(Deployment(details, instance, accepted=details.needs_acceptance), name=name, role=_ROLE)
    calls = "\n".join(f"sagemaker.{call}(**{_dict(request)})" for call, request in asked.items())
    return f"""# Deploy with boto3 alone. You pay for every hour until it is deleted.
import boto3

sagemaker = boto3.client("sagemaker")
{calls}
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName={_literal(name)})

# Delete all three. The endpoint is what costs.
sagemaker.delete_endpoint(EndpointName={_literal(name)})
sagemaker.delete_endpoint_config(EndpointConfigName={_literal(name)})
sagemaker.delete_model(ModelName={_literal(name)})
"""


def write_deletion(name: str) -> str:
    """Return the code that deletes an endpoint by its name, with its configuration and models."""
    return f"""import boto3

sagemaker = boto3.client("sagemaker")
name = {_literal(name)}
config = sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
variants = sagemaker.describe_endpoint_config(EndpointConfigName=config)["ProductionVariants"]
sagemaker.delete_endpoint(EndpointName=name)
sagemaker.delete_endpoint_config(EndpointConfigName=config)
for variant in variants:
    sagemaker.delete_model(ModelName=variant["ModelName"])
"""


def _literal(text: str | None) -> str:
    """Return text as Python and JSON both write it."""
    return json.dumps(text)


def _dict(request: dict[str, Any]) -> str:
    return pprint.pformat(request, width=_WIDTH_CHARS, sort_dicts=False)
