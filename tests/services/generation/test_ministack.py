"""A second opinion on Bedrock: MiniStack's Converse and ConverseStream, written by others, on loopback."""

from __future__ import annotations

import pytest

from components.engines.bedrock import BedrockEngine
from components.engines.contract import Message, Request
from components.engines.remote import aws
from tests.services.generation.own_environment import LIMIT_S
from tests.services.planted import plant
from tests.unit.engines.streams import carry_on, next_token, reason, run, text, tokens, usage

pytestmark = pytest.mark.timeout(LIMIT_S)  # the first test fetches the packages

MODELS = ("anthropic.claude-3-haiku-20240307-v1:0", "amazon.nova-lite-v1:0", "meta.llama3-8b-instruct-v1:0")


@pytest.fixture(autouse=True)
def _boto3_is_pointed_at_it(ministack, monkeypatch, tmp_path):
    plant(monkeypatch, tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack)
    aws.disconnect()
    yield
    aws.disconnect()


def ask(**settings):
    return Request(mode="chat", messages=(Message("user", "Say something about Star Trek."),), **settings)


@pytest.mark.parametrize("model", MODELS)
def test_an_answer_is_streamed_with_its_end_and_counts(model):
    events = run(BedrockEngine(model, most_new_tokens=512), ask(max_new_tokens=200))
    assert text(events)
    assert len(tokens(events)) > 1
    assert reason(events) in ("end", "length")
    assert usage(events).input_tokens > 0
    assert usage(events).output_tokens > 0


def test_every_setting_of_converse_is_taken():
    asked = ask(temperature=0.5, top_p=0.9, top_k=5, stop=("zzz",), max_new_tokens=50)
    assert text(run(BedrockEngine(MODELS[0], most_new_tokens=512), asked))


def test_a_stream_can_be_left():
    engine = BedrockEngine(MODELS[0], most_new_tokens=512)
    stream = engine.stream(ask(), carry_on)
    next_token(stream)
    stream.close()
    assert text(run(engine, ask()))
