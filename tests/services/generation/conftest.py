from __future__ import annotations

import pytest

from components.generation.engines.remote import aws
from tests.services.planted import plant


@pytest.fixture(scope="module")
def aws_environment(tmp_path_factory):
    """Planted credentials, for the whole module: give a function that points boto3 at an address."""
    with pytest.MonkeyPatch.context() as patch:
        plant(patch, tmp_path_factory.mktemp("aws"))

        def point(address):
            patch.setenv("AWS_ENDPOINT_URL", address)
            aws.disconnect()

        yield point
    aws.disconnect()
