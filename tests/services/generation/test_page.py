"""The playground with an engine on another machine, through app.py: what a visitor sees, and what they never see."""

from __future__ import annotations

import json
import logging

import pytest

from components import settings as module
from components.generation.engines.remote import reasons
from components.generation.views.opened import view as opened
from tests.app.opening import faults, open_page, take_home
from tests.services.generation.aws_runtime import ENDPOINT
from tests.services.generation.openai_server import MODEL, Scenario, openai
from tests.services.planted import PLANTED

KEY = "sk-planted-planted-planted"
SECRETS = (KEY, *PLANTED.values())
NOVA = "amazon.nova-lite-v1:0"


@pytest.fixture
def server(aws_runtime, monkeypatch):
    """A deployment with an engine of each kind; gives the server with OpenAI's API."""
    scenario = Scenario()
    with openai(scenario) as address:
        served = [{"name": "class server", "base_url": address, "models": [MODEL], "key": KEY}]
        monkeypatch.setenv("DASHBOARD_OPENAI_SERVERS", json.dumps(served))
        monkeypatch.setenv("DASHBOARD_BEDROCK_MODELS", json.dumps([NOVA]))
        monkeypatch.setenv("DASHBOARD_SAGEMAKER_ENDPOINTS", json.dumps([{"name": ENDPOINT, "dialect": "text"}]))
        module.settings.cache_clear()
        opened._remote.clear()
        yield scenario
    monkeypatch.undo()
    module.settings.cache_clear()
    opened._remote.clear()


def generate(at):
    return at.button(key="generation_generate").click().run()


def written(at):
    found = [json.loads(each.proto.json) for each in at.get("bidi_component") if "generation_heat" in each.proto.id]
    return "".join(token["text"] for token in found[0]["tokens"]) if found else ""


def everything(at):
    """Return all that a page holds, on the screen and off it."""
    drawn = [str(element.proto) for element in at.main] + [str(element.proto) for element in at.sidebar]
    return "\n".join([*drawn, repr(at.session_state), str(at.query_params)])


@pytest.mark.parametrize(("engine", "model"), [("openai", MODEL), ("sagemaker", ENDPOINT), ("bedrock", NOVA)])
def test_each_engine_writes_on_the_page(server, engine, model):
    at = open_page("generation", engine=engine, model=model, max_new_tokens="6", seed="3")
    assert faults(at) == []
    if engine != "openai":
        at.checkbox(key="generation_pay").check().run()
    generate(at)
    assert faults(at) == []
    assert written(at)


@pytest.mark.parametrize("trouble", [None, "throttled", "error inside"])
def test_no_key_reaches_the_page_a_link_an_export_or_the_log(server, caplog, trouble):
    server.trouble = trouble
    with caplog.at_level(logging.DEBUG):
        taken = take_home("generation", engine="openai", model=MODEL, max_new_tokens="6", seed="3")
        at = generate(taken.page)
        made = "\n".join(str(taken.make(entry)) for entry in ("data", "script", "notebook"))
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}", "not used, so this shows nothing"
    assert "Star Trek" in everything(at), "the page is not looked at"
    for text in (everything(at), made, caplog.text):
        assert not any(secret in text for secret in SECRETS)


def test_what_a_service_does_not_tell_is_said_where_it_would_be_seen(server):
    at = open_page("generation", engine="bedrock", model=NOVA, max_new_tokens="6")
    at.checkbox(key="generation_pay").check().run()
    generate(at)
    assert any("no probabilities" in each.value for each in at.caption), [each.value for each in at.caption]
    [colour] = [each for each in at.get("button_group") if each.proto.id.endswith("generation_measure")]
    assert colour.proto.disabled


def test_an_answer_that_comes_in_one_piece_is_announced(server):
    engine = opened._remote("sagemaker", ENDPOINT)
    engine.capabilities = engine.capabilities.without("stream", reasons.ONE_PIECE)
    at = open_page("generation", engine="sagemaker", model=ENDPOINT)
    assert str(reasons.ONE_PIECE) in [each.value for each in at.caption]


def test_an_answer_without_a_token_is_told_from_a_page_that_did_nothing(server):
    server.trouble = "says nothing"
    at = generate(open_page("generation", engine="openai", model=MODEL, max_new_tokens="6"))
    assert faults(at) == []
    said = "No text came of it (the model ended its text). Another prompt or other settings may give one."
    assert said in [each.value for each in at.info]


def test_what_the_server_refused_is_said_and_greyed_out(server):
    server.refuses = {"top_k": "Unexpected fields: {{'{name}'}}"}
    at = generate(open_page("generation", engine="openai", model=MODEL, max_new_tokens="6", seed="3", top_k="5"))
    assert faults(at) == []
    assert written(at)
    assert "Top-k: The server refused this setting; it is left out from now on." in [each.value for each in at.info]
    assert at.slider(key="top_k").run().slider(key="top_k").disabled
