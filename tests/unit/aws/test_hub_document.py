"""A hub document is taken for what it is: what it says is read, what it lacks is named, nothing is guessed."""

from __future__ import annotations

import json

import pytest

from components.aws.bedrock import EMBEDDERS, body, embedder
from components.aws.hub_document import Weights, read

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/mxnet-inference:1.9.0-gpu-py38"
CPU_IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/mxnet-inference:1.9.0-cpu-py38"
DOCUMENT = {
    "Task": "tcembedding",
    "Framework": "mxnet",
    "License": "apache-2.0",
    "Url": "https://example.org/model",
    "HostingEcrUri": IMAGE,
    "HostingArtifactUri": "s3://bucket/model/",
    "HostingArtifactS3DataType": "S3Prefix",
    "HostingArtifactCompressionType": "None",
    "DefaultInferenceInstanceType": "ml.g4dn.xlarge",
    "SupportedInferenceInstanceTypes": ["ml.g4dn.xlarge", "ml.m5.xlarge", 7, "ml.../etc"],
    "InferenceEnvironmentVariables": [
        {"Name": "SAGEMAKER_PROGRAM", "DefaultValue": "inference.py", "Scope": "container"},
        {"Name": "WORKERS", "DefaultValue": 2, "Scope": "container"},
        {"Name": "EMPTY", "DefaultValue": "", "Scope": "container"},
        {"Name": "ALGORITHM", "DefaultValue": "x", "Scope": "algorithm"},
    ],
    "HostingInstanceTypeVariants": {
        "Aliases": {"cpu_ecr_uri_1": CPU_IMAGE, "gpu_ecr_uri_1": IMAGE},
        "Variants": {
            "ml.m5": {"properties": {"image_uri": "$cpu_ecr_uri_1", "environment_variables": {"WORKERS": "1"}}},
            "ml.p9": {"Properties": {"ImageUri": "$no_such_alias"}},
        },
    },
    "DefaultPayloads": {"first": {"Body": {"inputs": "Hello"}}},
    "TrainingSupported": False,
}


def details(changes=None, **answer):
    document = {name: value for name, value in {**DOCUMENT, **(changes or {})}.items() if value is not None}
    return read(
        {
            "HubContentName": "a-model",
            "HubContentVersion": "1.2.3",
            "HubContentDocument": json.dumps(document),
            **answer,
        }
    )


def test_what_the_document_says_is_read():
    found = details()
    assert (found.task, found.framework, found.licence) == ("tcembedding", "mxnet", "apache-2.0")
    assert found.weights == Weights("s3://bucket/model/", "S3Prefix", "None")
    assert found.trainable is False
    assert found.example == {"inputs": "Hello"}
    assert found.lack() is None


def test_only_what_has_the_form_of_an_instance_type_is_offered():
    assert details().instances == ("ml.g4dn.xlarge", "ml.m5.xlarge")


def test_the_image_is_the_one_of_the_instance_family_else_the_documents_own():
    found = details()
    assert found.image("ml.m5.xlarge") == CPU_IMAGE
    assert found.image("ml.g4dn.xlarge") == IMAGE
    assert found.image("ml.p9.48xlarge") == IMAGE, "an alias that leads nowhere is no image"


def test_variables_of_the_container_only_and_those_a_family_changes():
    assert details().variables("ml.g4dn.xlarge") == {"SAGEMAKER_PROGRAM": "inference.py", "WORKERS": "2"}
    assert details().variables("ml.m5.xlarge")["WORKERS"] == "1"


@pytest.mark.parametrize(
    ("changes", "lack"),
    [
        ({"HostingEcrUri": None, "HostingInstanceTypeVariants": None}, "no image"),
        ({"HostingArtifactUri": None}, "no data"),
        ({"HostingScriptUri": "s3://bucket/sourcedir.tar.gz"}, "script"),
        ({"HostingScriptUri": "s3://bucket/sourcedir.tar.gz", "HostingUseScriptUri": False}, None),
        ({"HostingScriptUri": "s3://b/s.tar.gz", "HostingPrepackedArtifactUri": "s3://b/packed.tar.gz"}, None),
        ({"ModelSubscriptionLink": "https://aws.amazon.com/marketplace/x"}, "subscription"),
        ({"HostingModelPackageArn": "arn:aws:sagemaker:us-east-1:1:model-package/x"}, "subscription"),
    ],
)
def test_what_a_plain_request_lacks_is_named(changes, lack):
    assert details(changes).lack() == lack


def test_the_packed_archive_is_taken_before_the_bare_weights():
    assert details({"HostingPrepackedArtifactUri": "s3://b/packed.tar.gz"}).weights == Weights(
        "s3://b/packed.tar.gz", None, None
    )


@pytest.mark.parametrize("changes", [{"GatedBucket": True}, {"HostingEulaUri": "s3://bucket/eula.txt"}])
def test_a_licence_that_has_to_be_accepted_is_known(changes):
    assert details(changes).needs_acceptance
    assert not details().needs_acceptance


@pytest.mark.parametrize("written", ["", "not json", "[]", "null", '"text"', "[" * 100_000, None, 7])
def test_a_document_that_is_none_leaves_everything_unknown(written):
    found = details(HubContentDocument=written)
    assert found.task is None
    assert found.trainable is None
    assert found.instances == ()
    assert found.lack() == "no image"


@pytest.mark.parametrize("value", [7, [], {}, "x", [{}], {"a": 1}, True])
def test_no_value_of_another_type_breaks_it(value):
    for name in DOCUMENT:
        found = details({name: value})
        found.image("ml.m5.xlarge"), found.variables("ml.m5.xlarge"), found.lack()


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://x", 7, "data:text/html,x"])
def test_only_an_https_address_becomes_a_link(url):
    assert details({"Url": url}).url is None


def test_titan_gets_one_text():
    assert body(embedder("amazon.titan-embed-text-v2:0"), ["a"], "query") == {"inputText": "a"}


def test_cohere_gets_many_and_is_told_what_they_are_for():
    model = embedder("cohere.embed-multilingual-v3")
    assert body(model, ["a", "b"], "document") == {
        "texts": ["a", "b"],
        "input_type": "search_document",
        "truncate": "END",
    }
    assert body(model, ["a"], "query")["input_type"] == "search_query"


def test_an_unknown_model_is_refused():
    with pytest.raises(KeyError):
        embedder("amazon.titan-text-lite-v1")


def test_ids_are_unique():
    assert len({each.id for each in EMBEDDERS}) == len(EMBEDDERS)
