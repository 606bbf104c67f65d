"""The code to use a model is Python, names living ids only, and deletes what it deploys."""

from __future__ import annotations

import ast
import datetime

from components.catalog.curated import model, models
from components.catalog.lifecycle import model_status, offer_status, today
from components.catalog.recipes import bedrock_id, image_body, recipes

WITH_CODE = [(one, recipe) for one in models() for recipe in recipes(one, today())]


def test_the_code_is_python_and_names_no_ended_id():
    for one, recipe in WITH_CODE:
        ast.parse(recipe.code)
        ended = [offer.id for offer in one.offers if offer_status(offer, today()) == "ended"]
        assert not any(f'"{offer_id}"' in recipe.code for offer_id in ended), (one.id, recipe.way)


def test_what_runs_on_aws_is_said_to_cost():
    calls = ("converse(", "invoke_model(", ".deploy(")
    for one, recipe in WITH_CODE:
        assert recipe.costs == any(call in recipe.code for call in calls), (one.id, recipe.way)


def test_what_is_deployed_is_deleted():
    deploying = [(one, recipe) for one, recipe in WITH_CODE if ".deploy(" in recipe.code]
    assert deploying
    for one, recipe in deploying:
        assert "delete_endpoint()" in recipe.code[recipe.code.rindex(".deploy(") :], (one.id, recipe.way)


def test_a_model_that_is_gone_has_no_code():
    gone = [one for one in models() if model_status(one, today()) == "ended"]
    assert gone
    assert all(recipes(one, today()) == () for one in gone)


def test_a_model_that_takes_profiles_only_is_called_through_one():
    assert bedrock_id(model("llama-4-scout"), datetime.date(2026, 11, 23)) == "us.meta.llama4-scout-17b-instruct-v1:0"
    assert bedrock_id(model("gpt-oss-20b"), datetime.date(2026, 11, 23)) == "openai.gpt-oss-20b"


def test_the_live_id_wins():
    (first, *_rest) = recipes(model("nova-micro"), today(), callable_id="eu.amazon.nova-micro-v1:0")
    assert "eu.amazon.nova-micro-v1:0" in first.code


def test_each_vendor_gets_its_own_request_body_with_the_seed():
    assert image_body("stability.sd3-5-large-v1:0", "a cat", 7) == {
        "prompt": "a cat",
        "seed": 7,
        "output_format": "png",
    }
    amazon = image_body("amazon.nova-canvas-v1:0", "a cat", 7)
    assert amazon["textToImageParams"] == {"text": "a cat"}
    assert amazon["imageGenerationConfig"]["seed"] == 7
