"""A second opinion on what Bedrock lists: MiniStack's answers, written by others, on loopback."""

from __future__ import annotations

import pytest

from components.aws import client
from components.aws.overlay import overlay
from tests.services.planted import plant


@pytest.fixture(scope="session")
def found(ministack, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        plant(patched, tmp_path_factory.mktemp("aws"))
        patched.setenv("AWS_ENDPOINT_URL", ministack)
        # What is answered is tested here, not how fast: the machine that runs this may be busy.
        patched.setattr(client, "READ_TIMEOUT_S", 60.0)
        return overlay(limit_s=120.0)


def test_its_models_and_profiles_are_read(found):
    assert len(found.models) > 10
    assert all(model.id and model.provider and model.inputs and model.outputs for model in found.models)
    assert {"TEXT", "EMBEDDING"} <= {output for model in found.models for output in model.outputs}
    assert found.profiles
    assert all(profile.id and profile.models for profile in found.profiles)


def test_a_model_is_called_by_its_own_id_or_through_a_profile(found):
    for model in found.models:
        called = found.callable_id(model.id)
        if "ON_DEMAND" in model.inference:
            assert called == model.id
        else:
            assert called is None or any(profile.id == called for profile in found.profiles)


def test_what_it_does_not_have_is_a_trouble_of_that_call_alone(found):
    assert {trouble.call for trouble in found.troubles} <= {"hub", "endpoints"}
