"""Python for a JumpStart model, in percent format: try it, fine-tune it, deploy the result, and delete both.

The text is a script and, cell by cell, a notebook. Nothing of it is run by the dashboard.
"""

from __future__ import annotations

import json
import pprint
from dataclasses import dataclass
from typing import Any, Final

from components.aws.hub_document import HubDetails
from components.catalog.jumpstart.endpoints import Wish, requests

SDK: Final = "sagemaker<3"
"""The SDK whose JumpStart classes are used: version 3 has others."""

_EXAMPLE: Final = {"inputs": "The meaning of life is", "parameters": {"max_new_tokens": 40}}
_ROLE: Final = "arn:aws:iam::<account>:role/<role>"
_WIDTH_CHARS: Final = 100


@dataclass(frozen=True)
class Known:
    """What is known of a model: only its id, or what the hub says too.

    Attributes
    ----------
    trainable
        None where nobody said.
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


def known(details: HubDetails) -> Known:
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
    """Return the code with the SageMaker SDK."""
    version = f", model_version={_literal(model.version)}" if model.version else ""
    accept = "accept_eula=True" if model.accept else ""
    instance = f"instance_type={_literal(model.instance)}" if model.instance else ""
    agreed = "  # read the licence first" if model.accept else ""
    return f"""# %% [markdown]
# In a SageMaker notebook, or anywhere with AWS credentials and an execution role.
# Deploying and training start machines: you pay for every hour until step 4.

# %%
# %pip install "{SDK}"
from sagemaker.jumpstart.estimator import JumpStartEstimator
from sagemaker.jumpstart.model import JumpStartModel

MODEL = {_literal(model.id)}

# %%
# 1. Deploy, to try it.
model = JumpStartModel(model_id=MODEL{version})
predictor = model.deploy({", ".join(filter(None, (instance, accept)))}){agreed}
running = [predictor]

# %%
# 2. Try it.
print(predictor.predict({pprint.pformat(model.example, width=_WIDTH_CHARS, sort_dicts=False)}))

{_training(model, version)}
# %%
# 4. Delete. Without this every machine goes on costing.
for each in running:
    each.delete_model()
    each.delete_endpoint()

# %%
# 5. What still runs in this account?
import boto3

print([row["EndpointName"] for row in boto3.client("sagemaker").list_endpoints()["Endpoints"]])
"""


def boto3_script(details: HubDetails, instance: str) -> str:
    """Return the same three requests that the dashboard sends, and how what they make is deleted.

    Raises
    ------
    ValueError
        If the hub document lacks what a request needs.
    """
    name = f"my-{details.id}"[:63].rstrip("-")
    asked = requests(Wish(details, instance, accepted=details.needs_acceptance), name=name, role=_ROLE)
    calls = "\n".join(f"sagemaker.{call}(**{_dict(request)})" for call, request in asked.items())
    return f"""# %%
# Deploy with boto3 alone. You pay for every hour until it is deleted.
import boto3

sagemaker = boto3.client("sagemaker")
{calls}
sagemaker.get_waiter("endpoint_in_service").wait(EndpointName={_literal(name)})

# %%
# Delete all three. The endpoint is what costs.
sagemaker.delete_endpoint(EndpointName={_literal(name)})
sagemaker.delete_endpoint_config(EndpointConfigName={_literal(name)})
sagemaker.delete_model(ModelName={_literal(name)})
"""


def deleting(name: str) -> str:
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


def _training(model: Known, version: str) -> str:
    if model.trainable is False:
        return "# 3. The hub says that this model cannot be fine-tuned with JumpStart.\n"
    asked = "" if model.trainable else " Not every model allows it."
    instance = f", instance_type={_literal(model.training_instance)}" if model.training_instance else ""
    environment = ', environment={"accept_eula": "true"}' if model.accept else ""
    return f"""# %%
# 3. Fine-tune on your data in S3, then deploy the result the same way.{asked}
estimator = JumpStartEstimator(model_id=MODEL{version}{instance}{environment})
estimator.fit({{"training": "s3://your-bucket/training-data/"}})
running.append(estimator.deploy())
"""


def _literal(text: str | None) -> str:
    """Return text as Python and JSON both write it."""
    return json.dumps(text)


def _dict(request: dict[str, Any]) -> str:
    return pprint.pformat(request, width=_WIDTH_CHARS, sort_dicts=False)
