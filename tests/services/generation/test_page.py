"""The playground with an engine on another machine, through app.py: what a visitor sees, and what they never see."""

from __future__ import annotations

import json
import logging

import pytest

from components.core import settings as module
from components.engines.remote import reasons
from components.generation import engine_cache
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
        engine_cache.close_engines()
        yield scenario
    monkeypatch.undo()
    module.settings.cache_clear()
    engine_cache.close_engines()


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
    [heat] = [json.loads(each.proto.json) for each in at.get("bidi_component") if "generation_heat" in each.proto.id]
    assert heat["measures"] == []


def test_an_answer_that_comes_in_one_piece_is_announced(server):
    engine = engine_cache.open_engine("sagemaker", ENDPOINT)
    engine.capabilities = engine.capabilities.without("stream", reasons.ONE_PIECE)
    at = open_page("generation", engine="sagemaker", model=ENDPOINT)
    assert str(reasons.ONE_PIECE) in [each.value for each in at.caption]


def test_an_answer_without_a_token_is_told_from_a_page_that_did_nothing(server):
    server.trouble = "says nothing"
    at = generate(open_page("generation", engine="openai", model=MODEL, max_new_tokens="6"))
    assert faults(at) == []
    said = "The model wrote no text (the model ended the text). Try another prompt or other settings."
    assert said in [each.value for each in at.info]


def test_what_the_server_refused_is_said_and_greyed_out(server):
    server.refuses = {"top_k": "Unexpected fields: {{'{name}'}}"}
    at = generate(open_page("generation", engine="openai", model=MODEL, max_new_tokens="6", seed="3", top_k="5"))
    assert faults(at) == []
    assert written(at)
    assert "Top-k: The server refused this setting, so it is left out from now on." in [each.value for each in at.info]
    assert at.slider(key="top_k").run().slider(key="top_k").disabled


def folded(at):
    return {each.label: each.markdown[0].value for each in at.expander if "Reasoning" in each.label}


def test_a_thinking_answer_is_shown_with_its_thinking_folded(server):
    server.thinks = "reasoning"
    at = generate(open_page("generation", engine="openai", model=MODEL, mode="chat", max_new_tokens="9", seed="3"))
    assert faults(at) == []
    assert folded(at) == {"Reasoning · 3 tokens": "Let me think"}
    assert not next(each for each in at.expander if "Reasoning" in each.label).proto.expanded
    assert written(at)
    assert "think" not in written(at)
    assert any("6 tokens written · 3 of reasoning" in each.value for each in at.caption)


def test_a_model_that_thinks_too_long_is_said_to_and_answers_the_next_time(server):
    server.thinks, server.thoughts = "reasoning_content", 20
    at = generate(open_page("generation", engine="openai", model=MODEL, mode="chat", max_new_tokens="6", seed="3"))
    assert faults(at) == []
    cut = "The model wrote 6 tokens of reasoning and was cut off before its answer. "
    more = (
        "This page now knows that the model writes its reasoning first and gives it 2,048 more tokens for that: "
        "try again."
    )
    assert cut + more in [each.value for each in at.info]
    at.text_area(key="prompt").set_value("Again").run()
    generate(at)
    assert written(at)
    roles = [message["role"] for message in server.bodies[-1]["messages"]]
    assert roles == ["user"], "a turn that was not answered is not sent again"


def test_an_answer_in_parts_is_shown_and_what_is_no_text_is_named(server):
    server.as_parts = True
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "get_*weather*", "arguments": ""}}
    server.deltas = [{"content": [{"type": "image_url", "image_url": {"url": "data:,"}}]}, {"tool_calls": [call]}]
    at = generate(open_page("generation", engine="openai", model=MODEL, mode="chat", max_new_tokens="6", seed="3"))
    assert faults(at) == []
    assert written(at)
    said = [each.value for each in at.info]
    assert "The answer has an image. This page shows text only." in said
    assert any(each.startswith(r"The model asked for the tool “get\_\*weather\*”.") for each in said)


def test_a_server_for_conversations_only_makes_the_page_a_chat(server):
    server.completions = (404, {"detail": "Not Found"})
    at = generate(open_page("generation", engine="openai", model=MODEL, max_new_tokens="6", seed="3"))
    assert faults(at) == []
    said = "The service answers turns of a conversation; it does not continue a text. It is asked as in a chat instead."
    assert said in [each.value for each in at.info]
    assert written(at)
    assert [path.rpartition("/v1/")[2] for path in server.paths] == ["completions", "chat/completions"]
    assert len(at.session_state["generation_answers"]) == 1


def test_a_model_priced_at_nothing_runs_without_a_tick_and_by_its_link(server, monkeypatch):
    source = {"source_url": "https://example.com", "seen": "2026-11-01"}
    prices = [
        {"model": MODEL, "input_usd": 0, "output_usd": 0} | source,
        {"model": NOVA, "input_usd": 1, "output_usd": 1} | source,
    ]
    monkeypatch.setenv("DASHBOARD_PRICES", json.dumps(prices))
    module.settings.cache_clear()
    at = open_page("generation", engine="openai", model=MODEL, max_new_tokens="6", seed="3", run="1")
    assert faults(at) == []
    assert written(at)
    assert not [each for each in at.checkbox if each.key == "generation_pay"]


def test_a_used_up_quota_is_no_rush(server):
    server.refusal = (429, {"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}})
    at = generate(open_page("generation", engine="openai", model=MODEL, max_new_tokens="6"))
    [said] = faults(at)
    assert "is used up" in said
    assert "Reference for the operator" in said
    assert "too many requests" not in said
