"""The catalog with AWS and a segmenter, in Chromium: both on loopback, with planted credentials that stay inside."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from components.core.settings import settings
from components.models import store
from components.models.registry import record
from tests.browser.chromium import settle
from tests.browser.serving import serving
from tests.browser.visitor import Visitor
from tests.services.aws_server import Scenario, bedrock_model, hub_model
from tests.services.aws_server import serving as serving_aws
from tests.services.planted import PLANTED
from tests.unit.models import tiny_segmenter

SAM = "Zigeng/SlimSAM-uniform-77"
GPT_J = "huggingface-textgeneration1-gpt-j-6b"


@pytest.fixture(scope="module")
def connected(tmp_path_factory):
    """A dashboard that may deploy, its AWS, and a tiny segmenter on the machine."""
    folder = tmp_path_factory.mktemp("connected")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DASHBOARD_CACHE_FOLDER", str(folder / "cache"))
        settings.cache_clear()
        weights = store.source_of(record(SAM)).folder
        weights.mkdir(parents=True)
        tiny_segmenter.save(weights)
    settings.cache_clear()
    scenario = Scenario(
        models=[bedrock_model("amazon.nova-micro-v1:0"), bedrock_model("amazon.titan-embed-text-v2:0")],
        hub_pages=[[hub_model(GPT_J), hub_model("another-model")]],
        states=["InService"],
    )
    with serving_aws(scenario) as address:
        price = {"instance": "ml.g5.2xlarge", "usd_an_hour": 1.5, "source_url": "https://x.org", "seen": "2026-11-01"}
        variables = {
            **PLANTED,
            "AWS_ENDPOINT_URL": address,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
            "DASHBOARD_AWS": "true",
            "DASHBOARD_CACHE_FOLDER": str(folder / "cache"),
            "DASHBOARD_DEPLOY_ROLE": "arn:aws:iam::123456789012:role/endpoints",
            "DASHBOARD_INSTANCE_PRICES": json.dumps([price]),
        }
        with serving(folder, variables=variables) as server:
            yield server, scenario


@pytest.fixture
def visit_connected(tabs, connected):
    server, scenario = connected
    scenario.asked.clear()
    scenario.requests.clear()
    scenario.endpoints.clear()
    visitor = Visitor(tabs, server)
    yield visitor
    visitor.leave()
    assert visitor.faults() == []


def test_a_model_is_searched_deployed_watched_and_deleted(visit_connected, connected):
    server, scenario = connected
    page = visit_connected("/catalog", view="jumpstart")
    page.get_by_label("Search JumpStart").fill("gpt-j")
    page.keyboard.press("Enter")
    settle(page)
    expect(page.get_by_text("Models found: 1")).to_be_visible()
    table = page.get_by_test_id("stDataFrame").bounding_box()
    page.mouse.click(table["x"] + 15, table["y"] + 52)
    expect(page.get_by_text("1.50 US dollars an hour")).to_be_visible()
    deploy = page.get_by_role("button", name="Deploy on ml.g5.2xlarge")
    expect(deploy).to_be_disabled()
    assert "CreateEndpoint" not in scenario.asked
    page.get_by_text("I know that ml.g5.2xlarge is charged").click()
    expect(deploy).to_be_enabled()
    deploy.click()
    settle(page)
    assert scenario.asked.count("CreateEndpoint") == 1
    name = next(
        asked["EndpointName"]
        for asked in scenario.requests
        if "EndpointConfigName" in asked and "EndpointName" in asked
    )
    scenario.endpoints.append(
        {"EndpointName": name, "EndpointArn": "arn:aws:x", "CreationTime": 1_790_000_000,
         "LastModifiedTime": 1_790_000_000, "EndpointStatus": "InService"}
    )  # fmt: skip
    page.get_by_role("button", name="Refresh").click()
    settle(page)
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_label("Its name, to confirm").fill(name)
    page.keyboard.press("Enter")
    settle(page)
    scenario.endpoints.clear()
    page.get_by_role("button", name="Delete permanently").click()
    expect(page.get_by_text("Deleted:")).to_be_visible()
    expect(page.get_by_text("No endpoint runs in this region.")).to_be_visible()
    assert [asked for asked in scenario.asked if asked.startswith("Delete")] == [
        "DeleteEndpoint", "DeleteEndpointConfig", "DeleteModel",
    ]  # fmt: skip
    seen = page.content() + page.url + server.log.read_text()
    assert not any(secret in seen for secret in (*PLANTED.values(), "123456789012"))


def test_a_click_cuts_something_out_and_everything_is_searched_for_until_it_is_stopped(visit_connected):
    page = visit_connected("/catalog", view="segment")
    chart = page.locator(".st-key-catalog_segment")
    box = chart.locator(".plot-container").bounding_box()
    page.mouse.click(box["x"] + 110, box["y"] + 250)
    settle(page)
    expect(page.locator(".chart-title")).to_contain_text("of the picture")
    expect(page.get_by_text("IoU").first).to_be_visible()
    with page.expect_download() as started:
        page.get_by_role("button", name="Save the mask").click()
    assert started.value.path().read_bytes().startswith(b"\x89PNG")

    page.get_by_role("radio", name="Everything in the picture").or_(
        page.get_by_role("button", name="Everything in the picture")
    ).click()
    settle(page)
    slider = page.locator(".st-key-catalog_everything_points").get_by_role("slider")
    slider.press("End")
    settle(page)
    page.get_by_role("button", name="Cut out everything").click()
    expect(page.get_by_text(re.compile("[1-9][0-9]* of 1024 points asked about"))).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    settle(page)
    expect(page.get_by_text(re.compile(r"Stopped after [1-9]\d* of 1024 points"))).to_be_visible()
    expect(page.get_by_role("button", name="Cut out everything")).to_be_visible()
