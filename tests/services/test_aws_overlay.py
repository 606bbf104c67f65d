"""Unmodified boto3 against a server that speaks AWS: what comes back, and what happens when it goes wrong."""

from __future__ import annotations

import datetime
import logging
import socket
import time

import pytest

from components.aws.answers import Trouble
from components.aws.overlay import availability, hub_details, overlay
from components.aws.problems import CallFailed
from components.catalog.blockers import why_unlisted
from components.catalog.curated import models
from components.catalog.filters import Filters, find_models
from tests.services.aws_server import Scenario, bedrock_model, hub_model, profile, serving
from tests.services.planted import PLANTED, plant

READING = {"ListFoundationModels", "ListInferenceProfiles", "ListHubContents", "ListEndpoints"}
ROOMY_S = 30.0
"""A limit for tests of what is answered, not of how fast: the machine that runs them may be busy."""


@pytest.fixture
def aws_environment(monkeypatch, tmp_path):
    plant(monkeypatch, tmp_path)
    return monkeypatch


@pytest.fixture
def full() -> Scenario:
    return Scenario(
        models=[
            bedrock_model("amazon.nova-lite-v1:0", inputModalities=["TEXT", "VIDEO"],
                          inferenceTypesSupported=["INFERENCE_PROFILE"]),
            bedrock_model("meta.llama3-8b-instruct-v1:0",
                          modelLifecycle={"status": "HIBERNATING", "endOfLifeTime": 1_900_000_000}),
        ],
        profile_pages=[
            [profile("global.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0")],
            [profile("us.amazon.nova-lite-v1:0", "amazon.nova-lite-v1:0")],
        ],
        hub_pages=[[hub_model("a")], [hub_model("b")], [hub_model("c", SupportStatus="Retired")]],
        endpoints=[{"EndpointName": "mine", "EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/mine",
                    "CreationTime": 1_700_000_000, "LastModifiedTime": 1_700_000_000, "EndpointStatus": "InService"}],
    )  # fmt: skip


def test_all_pages_of_all_lists_are_read_and_nothing_else_is_asked(full, aws_environment):
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        found = overlay(limit_s=ROOMY_S)
    assert found.troubles == ()
    assert found.region == "us-east-1"
    assert [model.id for model in found.hub] == ["a", "b", "c"]
    assert [one.id for one in found.profiles] == ["global.amazon.nova-lite-v1:0", "us.amazon.nova-lite-v1:0"]
    assert [endpoint.status for endpoint in found.endpoints] == ["InService"]
    assert set(full.asked) == READING


def test_the_catalog_can_be_filtered_by_what_the_region_lists(full, aws_environment):
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        found = overlay(limit_s=ROOMY_S)
    assert why_unlisted("bedrock", found) is None
    listed = frozenset(row.id for row in found.models)
    kept = find_models(models(), Filters(listed=listed), datetime.date(2026, 11, 23))
    assert [model.id for model in kept] == ["llama-3", "nova-lite"]


def test_values_that_no_enum_has_are_kept(full, aws_environment):
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        found = overlay(limit_s=ROOMY_S)
    nova, llama = found.models
    assert nova.inputs == ("TEXT", "VIDEO")
    assert nova.inference == ("INFERENCE_PROFILE",)
    assert llama.status == "HIBERNATING"
    assert llama.eol is not None
    assert found.hub[2].support == "Retired"


def test_a_model_without_on_demand_is_called_through_the_profile_of_its_geography(full, aws_environment):
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        found = overlay(limit_s=ROOMY_S)
    assert found.callable_id("amazon.nova-lite-v1:0") == "us.amazon.nova-lite-v1:0"
    assert found.callable_id("meta.llama3-8b-instruct-v1:0") == "meta.llama3-8b-instruct-v1:0"
    assert found.callable_id("nobody.knows-v1:0") is None


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ("throttled", "throttled"),
        ("access denied", "access denied"),
        ("expired", "expired"),
        ("refused", "refused"),
        ("cut", "cut"),
    ],
)
def test_each_way_to_fail_has_its_word_and_the_other_lists_still_come(full, aws_environment, wrong, problem):
    full.troubles["ListFoundationModels"] = wrong
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        found = overlay(limit_s=ROOMY_S)
    assert found.troubles == (Trouble("models", problem),)
    assert len(found.hub) == 3
    assert full.asked.count("ListFoundationModels") == 1, "it was tried again"


def test_an_answer_that_is_no_json_is_named(full, aws_environment):
    full.troubles["ListInferenceProfiles"] = "garbage"
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        found = overlay(limit_s=ROOMY_S)
    assert found.troubles == (Trouble("profiles", "unreadable"),)


def test_a_slow_route_is_not_waited_for(full, aws_environment):
    full.troubles["*"] = "slow"
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        started = time.monotonic()
        found = overlay()
        took = time.monotonic() - started
    assert took < 3.5
    assert not found.connected
    assert {trouble.problem for trouble in found.troubles} == {"slow"}


def test_a_service_that_repeats_its_token_is_not_asked_forever(full, aws_environment):
    full.repeats_its_token = True
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        overlay(limit_s=ROOMY_S)
    assert full.asked.count("ListHubContents") <= 3


def test_no_route(aws_environment):
    aws_environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{_closed_port()}")
    found = overlay(limit_s=ROOMY_S)
    assert {trouble.problem for trouble in found.troubles} == {"no route"}


def test_a_region_without_bedrock_is_told_from_no_route(aws_environment):
    aws_environment.setenv("AWS_DEFAULT_REGION", "xx-nowhere-1")
    aws_environment.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{_closed_port()}")
    found = overlay(limit_s=ROOMY_S)
    assert {trouble.problem for trouble in found.troubles} == {"not in region"}


def test_without_credentials_nothing_is_sent(full, aws_environment):
    for name in PLANTED:
        aws_environment.delenv(name)
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        found = overlay(limit_s=ROOMY_S)
    assert found.troubles == (Trouble("connection", "no credentials"),)
    assert full.asked == []


def test_without_a_region_nothing_is_sent(full, aws_environment):
    aws_environment.delenv("AWS_DEFAULT_REGION")
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        found = overlay(limit_s=ROOMY_S)
    assert found.troubles == (Trouble("connection", "no region"),)
    assert full.asked == []


def test_availability_and_hub_details(full, aws_environment):
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        allowed = availability("amazon.nova-lite-v1:0", limit_s=ROOMY_S)
        details = hub_details("a", limit_s=ROOMY_S)
    assert allowed.authorization == "AUTHORIZED"
    assert allowed.entitlement == "SOMETHING_NEW"
    assert (details.task, details.instance, details.trainable) == ("text-generation", "ml.g5.2xlarge", True)


def test_a_single_call_that_fails_says_why(full, aws_environment):
    full.troubles["GetFoundationModelAvailability"] = "access denied"
    with serving(full) as address:
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        with pytest.raises(CallFailed) as raised:
            availability("amazon.nova-lite-v1:0", limit_s=ROOMY_S)
    assert raised.value.problem == "access denied"


def test_neither_answers_nor_errors_nor_the_log_hold_a_credential(full, aws_environment, caplog):
    full.troubles["*"] = "access denied"
    with serving(full) as address, caplog.at_level(logging.INFO):
        aws_environment.setenv("AWS_ENDPOINT_URL", address)
        found = overlay(limit_s=ROOMY_S)
        with pytest.raises(CallFailed) as raised:
            availability("amazon.nova-lite-v1:0", limit_s=ROOMY_S)
    sent = " ".join(headers.get("Authorization", "") for headers in full.headers)
    assert PLANTED["AWS_ACCESS_KEY_ID"] in sent, "the planted credentials were not used, so this shows nothing"
    chain = repr(raised.value) + repr(raised.value.__cause__) + repr(raised.value.__suppress_context__)
    for text in (repr(found), chain, caplog.text):
        assert not any(secret in text for secret in PLANTED.values())


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
