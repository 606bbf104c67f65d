"""The hub searched and described by unmodified boto3, and what is said when the way to it is closed."""

from __future__ import annotations

import pytest

from components.aws.overlay import hub_details, hub_search
from components.aws.problems import CallFailed
from components.catalog.endpoints import delete, read_state
from tests.services.aws_server import Scenario, hub_model, serving
from tests.services.generation.own_environment import free_port
from tests.services.planted import plant

ROOMY_S = 30.0


@pytest.fixture
def hub(monkeypatch, tmp_path):
    scenario = Scenario(hub_pages=[[hub_model("a")], [hub_model("b", SupportStatus="Hibernating")]])
    with serving(scenario) as address:
        plant(monkeypatch, tmp_path)
        monkeypatch.setenv("AWS_ENDPOINT_URL", address)
        yield scenario


def test_a_search_reads_every_page_and_keeps_what_no_enum_has(hub):
    found = hub_search("gpt", limit_s=ROOMY_S)
    assert [(row.id, row.support) for row in found] == [("a", "Supported"), ("b", "Hibernating")]
    assert [asked.get("NameContains") for asked in hub.requests] == ["gpt", "gpt"]


def test_a_hub_that_repeats_its_token_is_not_asked_forever(hub):
    hub.repeats_its_token = True
    hub_search("gpt", limit_s=ROOMY_S)
    assert hub.asked.count("ListHubContents") <= 3


@pytest.mark.parametrize("problem", ["throttled", "access denied", "expired", "cut"])
@pytest.mark.parametrize(
    "call",
    [
        lambda: hub_search("x", limit_s=ROOMY_S),
        lambda: hub_details("x", limit_s=ROOMY_S),
        lambda: read_state("x"),
        lambda: delete("x"),
    ],
)
def test_each_way_to_fail_has_its_word(hub, call, problem):
    hub.states = ["InService"]
    hub.troubles["*"] = problem
    with pytest.raises(CallFailed) as raised:
        call()
    assert raised.value.problem == problem


def test_no_route(monkeypatch, tmp_path):
    plant(monkeypatch, tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    for call in (lambda: hub_details("x", limit_s=ROOMY_S), lambda: delete("x"), lambda: read_state("x")):
        with pytest.raises(CallFailed) as raised:
            call()
        assert raised.value.problem == "no route"


def test_an_endpoint_that_is_not_there_has_no_state(hub):
    assert read_state("nobody") is None
