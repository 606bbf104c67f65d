"""A picture through Bedrock: each vendor's body, one attempt, and what is said when none comes."""

from __future__ import annotations

import base64
import datetime

import pytest

from components.aws.answers import BedrockModel, Overlay
from components.aws.problems import CallFailed
from components.catalog.pictures import PictureRefused, draw, models_that_draw
from tests.services.aws_server import Scenario, serving
from tests.services.pictures import TINY_PNG
from tests.services.planted import plant

STABILITY = "stability.sd3-5-large-v1:0"
AMAZON = "amazon.nova-canvas-v1:0"
PNG = base64.b64encode(TINY_PNG).decode()


@pytest.fixture
def bedrock(monkeypatch, tmp_path):
    scenario = Scenario(picture={"images": [PNG]})
    with serving(scenario) as address:
        plant(monkeypatch, tmp_path)
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        yield scenario


def test_the_seed_the_model_reports_is_kept(bedrock):
    bedrock.picture = {"images": [PNG], "seeds": [41]}
    picture = draw(STABILITY, "a cat", seed=0)
    assert (picture.png, picture.seed, picture.prompt) == (TINY_PNG, 41, "a cat")


def test_without_a_reported_seed_it_is_the_one_asked_for(bedrock):
    assert draw(AMAZON, "a cat", seed=12).seed == 12
    assert bedrock.bodies[0]["imageGenerationConfig"]["seed"] == 12


def test_a_seed_that_amazon_would_refuse_is_brought_into_its_range(bedrock):
    draw(AMAZON, "a cat", seed=4_294_967_294)
    assert 0 <= bedrock.bodies[0]["imageGenerationConfig"]["seed"] <= 2_147_483_646


@pytest.mark.parametrize(
    "answer", [{}, {"images": []}, {"finish_reasons": ["Filter reason: prompt"]}, {"images": [None]}]
)
def test_no_picture_is_said_to_be_refused(bedrock, answer):
    bedrock.picture = answer
    with pytest.raises(PictureRefused):
        draw(STABILITY, "a cat", seed=0)


@pytest.mark.parametrize(
    ("trouble", "problem"),
    [("throttled", "throttled"), ("access denied", "access denied"), ("garbage", "unreadable"), ("cut", "cut")],
)
def test_a_failure_is_named_and_the_picture_not_asked_for_twice(bedrock, trouble, problem):
    bedrock.troubles["InvokeModel"] = trouble
    with pytest.raises(CallFailed) as raised:
        draw(STABILITY, "a cat", seed=0)
    assert raised.value.problem == problem
    assert bedrock.asked == ["InvokeModel"]


def test_an_answer_that_is_no_base64_is_unreadable(bedrock):
    bedrock.picture = {"images": ["not base64!"]}
    with pytest.raises(CallFailed) as raised:
        draw(STABILITY, "a cat", seed=0)
    assert raised.value.problem == "unreadable"


def test_only_living_models_that_take_words_alone_are_offered():
    def row(model_id, **changes):
        known = {"inputs": ("TEXT",), "outputs": ("IMAGE",), "inference": ("ON_DEMAND",), "status": "ACTIVE", **changes}
        return BedrockModel(id=model_id, name="", provider="", streaming=False, legacy=None, eol=None, **known)

    rows = (
        row(STABILITY),
        row("stability.sd3-large-v1:0", status="LEGACY"),
        row("stability.upscale-v1:0", inputs=("IMAGE",)),
        row("amazon.titan-embed-image-v1", outputs=("EMBEDDING",)),
        row("other.painter-v1:0"),
    )
    now = datetime.datetime.now(datetime.UTC)
    assert models_that_draw(Overlay("us-west-2", now, models=rows)) == (STABILITY,)
