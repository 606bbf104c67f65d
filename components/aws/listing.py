"""The listing calls, page by page. Each appends to a list, so that what came before a failure is kept."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from components.aws import hub_document
from components.aws.answers import Availability, BedrockModel, Endpoint, HubModel, Profile
from components.aws.hub_document import HubDetails

PUBLIC_HUB: Final = "SageMakerPublicHub"
_PAGE: Final = 100


class UnreadableAnswer(ValueError):
    """An answer without the list that was asked for, e.g. the page of a proxy."""


def list_models(bedrock: Any, found: list[BedrockModel], checkpoint: Callable[[], None]) -> None:  # noqa: ANN401
    """ListFoundationModels has no pages."""
    checkpoint()
    found.extend(_bedrock_model(row) for row in _rows(bedrock.list_foundation_models(), "modelSummaries"))


def list_profiles(bedrock: Any, found: list[Profile], checkpoint: Callable[[], None]) -> None:  # noqa: ANN401
    """ListInferenceProfiles, those AWS defined."""
    asked = {"maxResults": _PAGE, "typeEquals": "SYSTEM_DEFINED"}
    for page in _pages(bedrock.list_inference_profiles, asked, "nextToken", checkpoint):
        found.extend(_profile(row) for row in _rows(page, "inferenceProfileSummaries"))


def list_hub(sagemaker: Any, found: list[HubModel], checkpoint: Callable[[], None], name_contains: str = "") -> None:  # noqa: ANN401
    """ListHubContents of the public hub, all of it or what has a text in its id. botocore has no paginator for it."""
    asked = {"HubName": PUBLIC_HUB, "HubContentType": "Model", "MaxResults": _PAGE}
    if name_contains:
        asked["NameContains"] = name_contains
    for page in _pages(sagemaker.list_hub_contents, asked, "NextToken", checkpoint):
        found.extend(_hub_model(row) for row in _rows(page, "HubContentSummaries"))


def list_endpoints(sagemaker: Any, found: list[Endpoint], checkpoint: Callable[[], None]) -> None:  # noqa: ANN401
    """ListEndpoints of this account."""
    for page in _pages(sagemaker.list_endpoints, {"MaxResults": _PAGE}, "NextToken", checkpoint):
        found.extend(
            Endpoint(str(row.get("EndpointName", "")), str(row.get("EndpointStatus", "")), row.get("CreationTime"))
            for row in _rows(page, "Endpoints")
        )


def availability(bedrock: Any, model_id: str) -> Availability:  # noqa: ANN401
    """GetFoundationModelAvailability of one model."""
    answer = bedrock.get_foundation_model_availability(modelId=model_id)
    return Availability(
        agreement=str(answer.get("agreementAvailability", {}).get("status", "")),
        authorization=str(answer.get("authorizationStatus", "")),
        entitlement=str(answer.get("entitlementAvailability", "")),
        region=str(answer.get("regionAvailability", "")),
    )


def hub_details(sagemaker: Any, model_id: str) -> HubDetails:  # noqa: ANN401
    """DescribeHubContent of one JumpStart model."""
    return hub_document.read(
        sagemaker.describe_hub_content(HubName=PUBLIC_HUB, HubContentType="Model", HubContentName=model_id)
    )


def _pages(
    call: Callable[..., Mapping[str, Any]], asked: Mapping[str, Any], token: str, checkpoint: Callable[[], None]
) -> Iterator[Mapping[str, Any]]:
    where: dict[str, Any] = {}
    while True:
        checkpoint()
        page = call(**asked, **where)
        yield page
        following = page.get(token)
        if not following or following == where.get(token):  # a server that repeats its token would be asked forever
            return
        where = {token: following}


def _rows(page: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = page.get(name)
    if not isinstance(rows, list):
        raise UnreadableAnswer(name)
    return rows


def _bedrock_model(row: Mapping[str, Any]) -> BedrockModel:
    life = row.get("modelLifecycle", {})
    return BedrockModel(
        id=str(row.get("modelId", "")),
        name=str(row.get("modelName", "")),
        provider=str(row.get("providerName", "")),
        inputs=_strings(row.get("inputModalities")),
        outputs=_strings(row.get("outputModalities")),
        inference=_strings(row.get("inferenceTypesSupported")),
        streaming=bool(row.get("responseStreamingSupported")),
        status=str(life.get("status", "")),
        legacy=_day(life.get("legacyTime")),
        eol=_day(life.get("endOfLifeTime")),
    )


def _profile(row: Mapping[str, Any]) -> Profile:
    arns = (str(part.get("modelArn", "")) for part in row.get("models", []))
    return Profile(
        id=str(row.get("inferenceProfileId", "")),
        name=str(row.get("inferenceProfileName", "")),
        status=str(row.get("status", "")),
        # arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-...; the same model once per region
        models=tuple(dict.fromkeys(arn.rpartition("/")[2] for arn in arns)),
    )


def _hub_model(row: Mapping[str, Any]) -> HubModel:
    return HubModel(
        id=str(row.get("HubContentName", "")),
        title=str(row.get("HubContentDisplayName") or row.get("HubContentName", "")),
        version=str(row.get("HubContentVersion", "")),
        support=str(row.get("SupportStatus") or ""),
        keywords=_strings(row.get("HubContentSearchKeywords")),
    )


def _strings(values: Any) -> tuple[str, ...]:  # noqa: ANN401 (any JSON value)
    return tuple(str(value) for value in values or ())


def _day(moment: Any) -> datetime.date | None:  # noqa: ANN401 (any JSON value)
    return moment.date() if isinstance(moment, datetime.datetime) else None
