"""An endpoint's life against moto: made in three parts, described, deleted; and what is left when a part fails."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from components.aws.client import Aws
from components.aws.hub_document import read
from components.aws.problems import CallFailed
from components.catalog import endpoints
from components.catalog.endpoints import Deployment, LeftBehindError, delete, deploy, is_made_here, new_name, read_state
from tests.services.planted import plant

ROLE = "arn:aws:iam::123456789012:role/endpoints"
KNOWN_TO_MOTO = "ml.g4dn.xlarge"
"""moto's list of instance types is an old one; `ml.g5` is not on it."""
MODEL = "huggingface-textgeneration1-gpt-j-6b"


def deployment(instance=KNOWN_TO_MOTO, *, accepted=False, **changes) -> Deployment:
    document = {
        "HostingEcrUri": "763104351884.dkr.ecr.us-east-1.amazonaws.com/djl-inference:1",
        "HostingArtifactUri": f"s3://jumpstart-cache-prod-us-east-1/{MODEL}/",
        "HostingArtifactS3DataType": "S3Prefix",
        "HostingArtifactCompressionType": "None",
        "InferenceEnvironmentVariables": [{"Name": "A", "DefaultValue": "b", "Scope": "container"}],
        "ContainerStartupHealthCheckTimeout": 600,
        **changes,
    }
    details = read({"HubContentName": MODEL, "HubContentDocument": json.dumps(document)})
    return Deployment(details, instance, accepted=accepted)


@pytest.fixture
def sagemaker(monkeypatch, tmp_path):
    plant(monkeypatch, tmp_path)
    with mock_aws():
        yield boto3.client("sagemaker", region_name="us-east-1")


def left(sagemaker) -> dict[str, list[str]]:
    """What exists in the account."""
    return {
        "endpoints": [row["EndpointName"] for row in sagemaker.list_endpoints()["Endpoints"]],
        "configs": [row["EndpointConfigName"] for row in sagemaker.list_endpoint_configs()["EndpointConfigs"]],
        "models": [row["ModelName"] for row in sagemaker.list_models()["Models"]],
    }


NOTHING = {"endpoints": [], "configs": [], "models": []}


@pytest.fixture
def failing(monkeypatch):
    """Let calls of the client fail: `failing(create_endpoint=error)`."""
    make = Aws.client

    def fail(**errors):
        def client(self, service, **options):
            made = make(self, service, **options)
            for call, error in errors.items():

                def raising(_error=error, **_request):
                    raise _error

                monkeypatch.setattr(made, call, raising)
            return made

        monkeypatch.setattr(Aws, "client", client)

    return fail


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "AKIAPLANTED may not"}}, "Any")


def test_made_in_three_parts_of_one_name_described_and_all_three_deleted(sagemaker):
    name = new_name(MODEL)
    deploy(deployment(), name=name, role=ROLE)
    assert left(sagemaker) == {"endpoints": [name], "configs": [name], "models": [name]}
    container = sagemaker.describe_model(ModelName=name)["PrimaryContainer"]
    assert container["Image"].endswith("djl-inference:1")
    assert container["Environment"] == {"A": "b"}
    [variant] = sagemaker.describe_endpoint_config(EndpointConfigName=name)["ProductionVariants"]
    assert (variant["InstanceType"], variant["InitialInstanceCount"]) == (KNOWN_TO_MOTO, 1)
    assert read_state(name) == "InService"
    delete(name)
    assert left(sagemaker) == NOTHING
    assert read_state(name) is None


def test_a_licence_is_accepted_only_where_the_visitor_did(sagemaker):
    for accepted in (True, False):
        name = new_name(MODEL)
        deploy(deployment(accepted=accepted), name=name, role=ROLE)
        source = sagemaker.describe_model(ModelName=name)["PrimaryContainer"]["ModelDataSource"]["S3DataSource"]
        assert ("ModelAccessConfig" in source) is accepted


def test_an_instance_type_that_is_refused_leaves_nothing(sagemaker):
    with pytest.raises(CallFailed) as raised:
        deploy(deployment("ml.g5.2xlarge"), name=new_name(MODEL), role=ROLE)
    assert raised.value.problem == "refused"
    assert left(sagemaker) == NOTHING


@pytest.mark.parametrize("call", ["create_model", "create_endpoint_config", "create_endpoint"])
@pytest.mark.parametrize(
    ("code", "problem"),
    [("AccessDeniedException", "access denied"), ("ThrottlingException", "throttled"), ("ExpiredToken", "expired")],
)
def test_whichever_part_is_refused_what_was_made_before_is_taken_away(sagemaker, failing, call, code, problem):
    failing(**{call: refused(code)})
    with pytest.raises(CallFailed) as raised:
        deploy(deployment(), name=new_name(MODEL), role=ROLE)
    assert raised.value.problem == problem
    assert left(sagemaker) == NOTHING


def test_an_endpoint_whose_answer_was_lost_is_deleted_too(sagemaker, monkeypatch):
    from botocore.exceptions import ReadTimeoutError

    make = Aws.client

    def client(self, service, **options):
        made = make(self, service, **options)
        create = made.create_endpoint

        def made_and_lost(**request):
            create(**request)
            raise ReadTimeoutError(endpoint_url="https://x")

        made.create_endpoint = made_and_lost
        return made

    monkeypatch.setattr(Aws, "client", client)
    with pytest.raises(CallFailed) as raised:
        deploy(deployment(), name=new_name(MODEL), role=ROLE)
    assert raised.value.problem == "slow"
    assert left(sagemaker) == NOTHING


def test_what_cannot_be_taken_away_is_named(sagemaker, failing):
    failing(create_endpoint=refused("AccessDeniedException"), delete_model=refused("AccessDeniedException"))
    name = new_name(MODEL)
    with pytest.raises(LeftBehindError) as raised:
        deploy(deployment(), name=name, role=ROLE)
    assert raised.value.values == {"name": name, "parts": "model"}
    assert "AKIA" not in str(raised.value)
    assert left(sagemaker) == {"endpoints": [], "configs": [], "models": [name]}


def test_half_an_endpoint_is_deleted_by_its_name(sagemaker):
    name = new_name(MODEL)
    asked = endpoints.requests(deployment(), name=name, role=ROLE)
    sagemaker.create_model(**asked["create_model"])
    sagemaker.create_endpoint_config(**asked["create_endpoint_config"])
    delete(name)
    assert left(sagemaker) == NOTHING


def test_of_an_endpoint_of_others_only_the_endpoint_goes(sagemaker):
    deploy(deployment(), name="somebodys", role=ROLE)
    delete("somebodys")
    assert left(sagemaker) == {"endpoints": [], "configs": ["somebodys"], "models": ["somebodys"]}


def test_an_endpoint_that_stays_is_said_to_cost_on(sagemaker, failing):
    name = new_name(MODEL)
    deploy(deployment(), name=name, role=ROLE)
    failing(delete_endpoint=refused("AccessDeniedException"))
    with pytest.raises(CallFailed) as raised:
        delete(name)
    assert raised.value.problem == "access denied"
    assert left(sagemaker)["endpoints"] == [name]


def test_a_document_that_lacks_something_makes_no_request(sagemaker):
    with pytest.raises(ValueError, match="no data"):
        deploy(deployment(HostingArtifactUri=None), name=new_name(MODEL), role=ROLE)
    assert left(sagemaker) == NOTHING


@pytest.mark.parametrize("model_id", [MODEL, "x" * 200, "a_b.c/d é", "---", "모델"])
def test_a_name_fits_sagemakers_rule_and_says_who_made_it(model_id):
    import re

    name = new_name(model_id)
    assert re.fullmatch(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}", name)
    assert is_made_here(name)
    assert name != new_name(model_id)
