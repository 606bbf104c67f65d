from __future__ import annotations

import dataclasses

import pytest

from components.engines.remote import aws
from tests.services.generation.aws_runtime import Scenario, runtime
from tests.services.planted import plant


@pytest.fixture(scope="module")
def _aws_server(tmp_path_factory):
    """One server for a module: boto3 takes longer to make a client than to ask it."""
    scenario = Scenario()
    with pytest.MonkeyPatch.context() as patch, runtime(scenario) as address:
        plant(patch, tmp_path_factory.mktemp("aws"))
        patch.setenv("AWS_ENDPOINT_URL", address)
        aws.disconnect()
        yield scenario
    aws.disconnect()


@pytest.fixture
def aws_runtime(_aws_server):
    """Give the scenario of a server that unmodified boto3 is pointed at, with planted credentials."""
    fresh = Scenario()
    for field in dataclasses.fields(Scenario):
        setattr(_aws_server, field.name, getattr(fresh, field.name))
    return _aws_server


@pytest.fixture
def environment(aws_runtime, monkeypatch):
    """Give a way to change the environment that boto3 reads, for this test only."""
    aws.disconnect()
    yield monkeypatch
    monkeypatch.undo()
    aws.disconnect()
