"""A loopback AWS for the catalog.

aws_server
    Planted credentials and a server behind them; asking it is still off.
asking
    The same, with DASHBOARD_AWS on.
deploying
    The same, with a role to deploy with.
"""

from __future__ import annotations

import base64
from functools import partial

import pytest

from components.aws.overlay import overlay
from components.catalog import state
from components.core.settings import settings
from tests.services.aws_server import Scenario, bedrock_model, hub_model, profile, serving
from tests.services.pictures import TINY_PNG
from tests.services.planted import plant

PNG = base64.b64encode(TINY_PNG).decode()


@pytest.fixture
def aws_server(monkeypatch, tmp_path):
    scenario = Scenario(
        picture={"images": [PNG], "seeds": [7], "finish_reasons": [None]},
        models=[
            bedrock_model("amazon.nova-micro-v1:0"),
            bedrock_model("new.model-v1:0", outputModalities=["SMELL"]),
            bedrock_model("amazon.titan-embed-text-v2:0", outputModalities=["EMBEDDING"]),
            bedrock_model("stability.sd3-5-large-v1:1", outputModalities=["IMAGE"]),
            bedrock_model("stability.sd3-5-large-v1:0", outputModalities=["IMAGE"]),
        ],
        profile_pages=[[profile("us.amazon.nova-micro-v1:0", "amazon.nova-micro-v1:0")]],
        hub_pages=[[hub_model("huggingface-textgeneration1-gpt-j-6b")]],
        endpoints=[
            {
                "EndpointName": "forgotten",
                "EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/forgotten",
                "CreationTime": 1_700_000_000,
                "LastModifiedTime": 1_700_000_000,
                "EndpointStatus": "InService",
            }
        ],
    )
    with serving(scenario) as address:
        plant(monkeypatch, tmp_path)
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        # What is asked is tested here, not how fast: the machine that runs this may be busy.
        monkeypatch.setattr(state, "overlay", partial(overlay, limit_s=30.0))
        settings.cache_clear()
        state.forget_aws()
        yield scenario
    settings.cache_clear()
    state.forget_aws()


@pytest.fixture
def asking(aws_server, monkeypatch):
    monkeypatch.setenv("DASHBOARD_AWS", "true")
    settings.cache_clear()
    return aws_server


@pytest.fixture
def deploying(asking, monkeypatch):
    monkeypatch.setenv("DASHBOARD_DEPLOY_ROLE", "arn:aws:iam::123456789012:role/endpoints")
    settings.cache_clear()
    return asking
