"""A JumpStart model as its hub document describes it, and whether a plain SageMaker request can deploy it.

DescribeHubContent answers with a document: JSON inside a string, whose names are those of the SageMaker Python SDK
(`sagemaker.core.jumpstart.hub.interfaces.HubModelDocument`, schema 2.3). It is taken for what it is, text from
elsewhere: a field that is missing or of another type is not known, and nothing is filled in by guessing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Lack = Literal["subscription", "no image", "no data", "script"]
"""What a plain request lacks: a Marketplace subscription, the container, the weights, or the packed-in script."""

_INSTANCE: Final = re.compile(r"ml\.[a-z0-9-]+\.[a-z0-9-]+")


@dataclass(frozen=True)
class Weights:
    """Where the model's files are in S3.

    Attributes
    ----------
    kind
        `S3Prefix` or `S3Object`; None where the document does not say, which means one archive.
    compression
        `None` or `Gzip`, as a word.
    """

    uri: str
    kind: str | None
    compression: str | None


@dataclass(frozen=True)
class HubDetails:
    """What DescribeHubContent says about a JumpStart model; None or empty where it does not.

    Attributes
    ----------
    instance, instances
        The instance type it is deployed on by default, and all it can be deployed on.
    eula
        Where the licence stands that has to be accepted.
    subscription
        Whether it is sold through AWS Marketplace.
    images
        Container images by instance type or family (`ml.g5`); under "" the one of the default type.
    environment, environments
        Variables for the container: of any instance, and those a type or family adds.
    needs_script
        Whether its inference script lies apart from its weights, so that both have to be packed together first.
    startup_s
        How long the container may take to start.
    """

    id: str
    version: str
    title: str
    description: str
    task: str | None
    framework: str | None
    licence: str | None
    url: str | None
    instance: str | None
    instances: tuple[str, ...]
    trainable: bool | None
    training_instance: str | None
    eula: str | None
    gated: bool
    subscription: bool
    images: Mapping[str, str]
    weights: Weights | None
    environment: Mapping[str, str]
    environments: Mapping[str, Mapping[str, str]]
    needs_script: bool
    isolated: bool
    startup_s: int | None
    example: object | None
    """The body of the first example request, where the document has one."""

    @property
    def needs_acceptance(self) -> bool:
        """Whether its licence has to be accepted before it is deployed."""
        return self.gated or self.eula is not None

    def image(self, instance: str) -> str | None:
        """Return the container image for an instance type."""
        return self.images.get(instance) or self.images.get(_family(instance)) or self.images.get("")

    def variables(self, instance: str) -> dict[str, str]:
        """Return the container's variables on an instance type."""
        added = {**self.environments.get(_family(instance), {}), **self.environments.get(instance, {})}
        return {**self.environment, **added}

    def lack(self) -> Lack | None:
        """Return what keeps a plain request from deploying it, None if nothing does."""
        if self.subscription:
            return "subscription"
        if not self.images:
            return "no image"
        if self.weights is None:
            return "no data"
        return "script" if self.needs_script else None


def read(answer: Mapping[str, Any]) -> HubDetails:
    """Return what an answer of DescribeHubContent says."""
    document = _document(answer.get("HubContentDocument"))
    variants = _record(document.get("HostingInstanceTypeVariants"))
    prepacked = _text(document.get("HostingPrepackedArtifactUri"))
    script = _text(document.get("HostingScriptUri"))
    own_image = _text(document.get("HostingEcrUri"))
    training = document.get("TrainingSupported")
    instance = _instance(document.get("DefaultInferenceInstanceType"))
    listed = document.get("SupportedInferenceInstanceTypes")
    named = tuple(filter(None, map(_instance, listed if isinstance(listed, list) else [])))
    name = str(answer.get("HubContentName", ""))
    return HubDetails(
        id=name,
        version=str(answer.get("HubContentVersion", "")),
        title=_text(answer.get("HubContentDisplayName")) or name,
        description=_text(answer.get("HubContentDescription")) or "",
        task=_text(document.get("Task")),
        framework=_text(document.get("Framework")),
        licence=_text(document.get("License")),
        url=_link(document.get("Url")),
        instance=instance,
        instances=tuple(dict.fromkeys((*((instance,) if instance else ()), *named))),
        trainable=training if isinstance(training, bool) else None,
        training_instance=_instance(document.get("DefaultTrainingInstanceType")),
        eula=_text(document.get("HostingEulaUri")),
        gated=document.get("GatedBucket") is True,
        subscription=bool(document.get("ModelSubscriptionLink") or document.get("HostingModelPackageArn")),
        images={**({"": own_image} if own_image else {}), **_images(variants)},
        weights=_weights(document, prepacked),
        environment=_variables(document.get("InferenceEnvironmentVariables")),
        environments=_environments(variants),
        needs_script=script is not None and prepacked is None and document.get("HostingUseScriptUri") is not False,
        isolated=document.get("InferenceEnableNetworkIsolation") is True,
        startup_s=_seconds(document.get("ContainerStartupHealthCheckTimeout")),
        example=_example(document.get("DefaultPayloads")),
    )


def _document(written: object) -> dict[str, Any]:
    try:
        return _record(json.loads(written if isinstance(written, str) else "{}"))
    except (ValueError, RecursionError):
        return {}


def _weights(document: Mapping[str, Any], prepacked: str | None) -> Weights | None:
    # The SDK takes the packed archive first too: it holds the script and the weights.
    if prepacked:
        return Weights(prepacked, None, None)
    uri = _text(document.get("HostingArtifactUri"))
    if uri is None:
        return None
    kind, compression = document.get("HostingArtifactS3DataType"), document.get("HostingArtifactCompressionType")
    return Weights(uri, _text(kind), _text(compression))


def _images(variants: Mapping[str, Any]) -> dict[str, str]:
    """Return images by instance type or family; a variant names its image by an alias, `$gpu_ecr_uri_1`."""
    aliases = _record(_field(variants, "Aliases"))
    found = {}
    for name, variant in _record(_field(variants, "Variants")).items():
        image = _text(_field(_record(_field(_record(variant), "Properties")), "ImageUri"))
        image = _text(aliases.get(image[1:])) if image and image.startswith("$") else image
        if image:
            found[name] = image
    return found


def _environments(variants: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    found = {}
    for name, variant in _record(_field(variants, "Variants")).items():
        written = _record(_field(_record(_field(_record(variant), "Properties")), "EnvironmentVariables"))
        if written:
            found[name] = {str(key): str(value) for key, value in written.items()}
    return found


def _variables(rows: object) -> dict[str, str]:
    """Return the variables that belong to the container and have a value."""
    found = {}
    for row in rows if isinstance(rows, list) else []:
        one = _record(row)
        value = one.get("DefaultValue", one.get("Default"))
        if one.get("Scope", "container") == "container" and _text(one.get("Name")) and value not in (None, ""):
            found[str(one["Name"])] = str(value)
    return found


def _example(payloads: object) -> object | None:
    first = next(iter(_record(payloads).values()), None)
    body: object = _field(_record(first), "Body")
    return body


def _field(record: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 (any JSON value)
    """Return a field by its name, written as `ImageUri` or as `image_uri`: documents have both below the top."""
    wanted = name.casefold()
    return next((value for key, value in record.items() if key.replace("_", "").casefold() == wanted), None)


def _record(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _link(value: object) -> str | None:
    """Return an address that may become a link."""
    return value if isinstance(value, str) and value.startswith("https://") else None


def _instance(value: object) -> str | None:
    return value if isinstance(value, str) and _INSTANCE.fullmatch(value) else None


def _seconds(value: object) -> int | None:
    return int(value) if isinstance(value, (int, str)) and str(value).isdecimal() else None


def _family(instance: str) -> str:
    return instance.rpartition(".")[0]
